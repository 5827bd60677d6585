"""What holds credentials is known by its name, however it is written, and by private keys."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from magi_mcp.documents.credentials import is_credential, private_keys

REFUSED = """
.env .env.local .env.production .env.example.local id_rsa.template.bak prod.env .envrc server.pem
api.example.com.key key.p12 a.pfx a.jks
release.keystore vault.kdbx id_rsa id_ed25519 id_ecdsa_sk .netrc _netrc .pgpass .npmrc .pypirc
.git-credentials .htpasswd credentials credentials.json aws-credentials.csv credentials.yml.enc
service-account.json my-service_account-prod.json client_secret_123.json .bash_history
.zsh_history .python_history .psql_history terraform.tfstate terraform.tfstate.backup secrets.toml
shadow kubeconfig .dockercfg .vault-token ConsoleHost_history.txt
.ssh/config .ssh/known_hosts .aws/config .aws/sso/cache/a.json .gnupg/pubring.kbx .kube/config
.docker/config.json .config/gcloud/access_tokens.db .config/gh/hosts.yml .git/config
.config/magi-mcp/tokens.json .config/magi-mcp/config.toml
""".split()

PASSING = """
.env.example .env.sample .env.template example.env credentials.example.json id_rsa.pub main.py
environment.py keys.py credentials.py docs/credentials.md token.py .github/workflows/ci.yml
.aws/task-definition.json .docker/Dockerfile gcloud/main.py monkey.txt secrets.py .gitignore
history.md package.json service-account.md
""".split()


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_of_credentials_is_known_by_its_name(name: str) -> None:
    assert is_credential(PurePosixPath(name))
    assert is_credential(PurePosixPath("/home/somebody") / name)
    assert is_credential(PurePosixPath("app") / name)


@pytest.mark.parametrize("name", PASSING)
def test_other_files_may_be_read(name: str) -> None:
    assert not is_credential(PurePosixPath(name))
    assert not is_credential(PurePosixPath("/home/somebody") / name)


@pytest.mark.parametrize(
    "trick",
    [
        ".ENV", ".Env.Local", "ID_RSA", "Server.PEM", ".env.", ".env ", ".env. .", ".env::$DATA",
        ".env:10-80", "prod:.env", "prod:server.pem",
        ".e\u200bnv", ".\uff45nv", "\u202e.env", ".SSH/config", ".AWS/Credentials",
    ],
)  # fmt: skip
def test_no_spelling_that_some_file_system_takes_for_the_name_helps(trick: str) -> None:
    assert is_credential(PurePosixPath(trick))
    assert is_credential(PureWindowsPath("C:\\work") / trick)


@pytest.mark.parametrize(
    "path", ["/proc/self/environ", "/proc/1/cmdline", "//proc/self/environ", "/sys/kernel/x"]
)
def test_what_a_kernel_shows_of_processes_is_refused(path: str) -> None:
    assert is_credential(PurePosixPath(path))
    assert not is_credential(PurePosixPath("work" + path))


def test_a_path_without_a_name_is_no_credential() -> None:
    assert not is_credential(PurePosixPath("."))
    assert not is_credential(PurePosixPath("/"))


def key(kind: str = "") -> str:
    return f"-----BEGIN {kind}PRIVATE KEY-----\nMIIE\nAAAA\n-----END {kind}PRIVATE KEY-----"


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_private_keys_are_found_with_the_lines_they_take(kind: str) -> None:
    text = f"one\n{key(kind)}\nsix\n\n{key(kind)}\n"
    assert [*private_keys(text)] == [(2, 5), (8, 11)]


def test_a_key_within_a_line_or_without_an_end_is_one_all_the_same() -> None:
    one_line = key().replace("\n", "\\n")
    assert [*private_keys(f'{{\n"private_key": "{one_line}"\n}}')] == [(2, 2)]
    assert [*private_keys(key().partition("-----END")[0])] == [(1, 4)]


@pytest.mark.parametrize(
    "text",
    [
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2\n---- END SSH2 PRIVATE KEY ----",
        "PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00",
        "AAAA\nBBBB\n-----END RSA PRIVATE KEY-----",
    ],
    ids=["SSH2", "PuTTY", "only its end"],
)
def test_private_keys_are_known_in_other_forms_and_by_their_end(text: str) -> None:
    assert len([*private_keys(f"one\n{text}\nlast\n")]) == 1


def test_public_keys_and_certificates_are_none() -> None:
    assert [*private_keys("-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----")] == []
    assert [*private_keys("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----")] == []
