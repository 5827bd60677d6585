"""Documents: files that hold credentials, which no council is ever shown. Pure.

They are known by their names, whatever stands in them, and by private keys, wherever they
stand. Names are compared as the most forgiving file system would: letter case, invisible
characters, and what Windows ignores at the end of a name do not count.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

FILES = (
    # environments
    ".env", ".env.*", "*.env", ".envrc",
    # keys, certificates with keys, and what they are kept in
    "*.pem", "*.key", "*.ppk", "*.p8", "*.p12", "*.pfx", "*.pkcs12", "*.jks", "*.keystore",
    "*.bks", "*.kdb", "*.kdbx", "*.keychain", "*.keychain-db", "secring.*",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "ssh_host_*",
    # clients of hosts, databases, registries and clouds
    ".netrc", "_netrc", ".git-credentials", ".pgpass", "pgpass.conf", ".my.cnf", ".mylogin.cnf",
    ".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", ".dockercfg", ".dockerconfigjson", ".boto",
    ".s3cfg", ".htpasswd", ".vault-token", ".terraformrc", "terraform.rc", "*.tfstate",
    "*.tfstate.*", "kubeconfig",
    "credentials", ".credentials", "credentials.db", "*credentials*.json", "*credentials*.toml",
    "*credentials*.yml", "*credentials*.yaml", "*credentials*.xml", "*credentials*.csv",
    "*credentials*.ini", "*credentials*.txt", "*credentials*.enc",
    "*service-account*.json", "*service_account*.json", "*serviceaccount*.json",
    "*client_secret*.json", "*firebase-adminsdk*.json",
    ".secrets", "secrets", "secrets.env", "secrets.json", "secrets.toml", "secrets.yml",
    "secrets.yaml", "secrets.ini", "secrets.txt",
    # passwords of systems
    "shadow", "shadow-", "gshadow", "gshadow-", "master.passwd",
    # what was typed into shells and consoles
    ".*_history", "fish_history", "consolehost_history.txt", ".histfile",
)  # fmt: skip
"""Patterns of names, in small letters."""

SHOWING_A_FORM = ("example", "sample", "template")
"""A name that ends in one of these, be it before the suffix of a format, shows a form without its
contents: `.env.example`, `credentials.sample.json`; not so `.env.example.local`."""

FORMATS = ("json", "yaml", "yml", "toml", "ini", "cfg", "conf", "env", "md", "txt")
"""Suffixes that say how a form is written, and nothing of what it holds."""

PUBLIC = "pub"
"""The suffix of the public half of a key."""

PLACES = (
    ".ssh/*", ".gnupg/*", ".password-store/*", "library/keychains/*", ".local/share/keyrings/*",
    ".aws/config", ".aws/sso/*", ".aws/cli/*", ".azure/accesstokens.json",
    ".azure/azureprofile.json", ".azure/msal_*", ".config/gcloud/*",
    ".kube/*", ".docker/config.json", ".docker/contexts/*", "containers/auth.json",
    ".config/gh/*", ".config/hub", ".git/config", ".m2/settings.xml",
    ".gradle/gradle.properties", ".composer/auth.json", ".bundle/config",
    # of this program: hashed tokens, and a configuration that may hold a store's password
    "magi-mcp/tokens.json", "magi-mcp/config.toml",
)  # fmt: skip
"""Patterns of files within folders, wherever these stand; a ``*`` goes on into folders below."""

SYSTEM = ("proc", "sys")
"""Folders at the top in which a kernel shows processes, and the keys in their environments."""

_PRIVATE_KEY = re.compile(
    r"""
      ----[- ]BEGIN\ [A-Z0-9 ]{0,40}PRIVATE\ KEY .*? (?: ----[- ]END | \Z )
    | ----[- ]END\ [A-Z0-9 ]{0,40}PRIVATE\ KEY                    # of one that began elsewhere
    | PuTTY-User-Key-File-[0-9] .*? (?: Private-(?:MAC|Hash) | \Z )
    """,
    re.DOTALL | re.VERBOSE,
)


def is_credential(path: PurePath) -> bool:
    """Whether a file is taken for credentials because of its name or of the folder it lies in."""
    plain = [_plain(part) for part in path.parts]
    if path.root and path.parts[1:2] and plain[1] in SYSTEM:
        return True
    return _are_so(plain) or _are_so([_on_windows(part) for part in plain])


def private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Where private keys stand: the number of their first line, and of their last."""
    line, read = 1, 0
    for found in _PRIVATE_KEY.finditer(text):
        line += text.count("\n", read, found.start())
        read = found.start()
        yield line, line + found[0].count("\n")


def _are_so(parts: Sequence[str]) -> bool:
    return bool(parts) and (
        _is_named_so(parts[-1])
        or any(
            fnmatchcase("/".join(parts[start:]), place)
            for start in range(len(parts))
            for place in PLACES
        )
    )


def _is_named_so(name: str) -> bool:
    parts = name.split(".")
    stem = parts[:-1] if parts[-1] in FORMATS else parts
    if parts[-1] == PUBLIC or (stem and stem[-1] in SHOWING_A_FORM):
        return False
    return any(fnmatchcase(name, pattern) for pattern in FILES)


def _plain(part: str) -> str:
    """A part of a path as the most forgiving file system reads it."""
    folded = unicodedata.normalize("NFKC", part).casefold()
    seen = "".join(each for each in folded if unicodedata.category(each) not in ("Cc", "Cf"))
    return seen.rstrip(" .")  # on Windows "a." and "a " are "a"


def _on_windows(part: str) -> str:
    """The same where "a::$DATA" is "a"; elsewhere "a:b" is a name like any other."""
    return (part.partition(":")[0] or part).rstrip(" .")
