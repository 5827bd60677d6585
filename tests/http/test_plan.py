"""Where and how to serve: strangers are let in only where that was said aloud."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from magi_mcp.core.errors import CallerError
from magi_mcp.server.http.plan import plan_for
from magi_mcp.server.http.process import listen
from magi_mcp.server.http.tokens import TokenFile, tokens_file_of
from magi_mcp.settings import ConfigurationError, Settings, load_settings

OIDC = {"MAGI_OIDC_ISSUER": "https://id.example", "MAGI_OIDC_AUDIENCE": "magi"}
ELSEWHERE = ["0.0.0.0", "::", "192.168.1.5", "magi.example", "127.0.0.1.evil.example"]  # noqa: S104
HERE = ["127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]"]


def settings(tmp_path: Path, **env: str) -> Settings:
    return load_settings(environ=env, cwd=tmp_path, user_dir=tmp_path / "config")


@pytest.mark.parametrize("host", HERE)
def test_this_machine_is_served_without_asking(tmp_path: Path, host: str) -> None:
    assert not plan_for(settings(tmp_path), host=host).authentication


@pytest.mark.parametrize("host", ELSEWHERE)
def test_other_machines_are_served_only_if_they_say_who_they_are(tmp_path: Path, host: str) -> None:
    with pytest.raises(CallerError, match="magi-mcp token new NAME") as refused:
        plan_for(settings(tmp_path), host=host)
    assert "--insecure" in str(refused.value)
    assert plan_for(settings(tmp_path, **OIDC), host=host).authentication
    assert not plan_for(settings(tmp_path), host=host, insecure=True).authentication


def test_whoever_has_made_a_token_has_it_asked_for_on_this_machine_too(tmp_path: Path) -> None:
    file = TokenFile(tokens_file_of(settings(tmp_path)))
    file.new("ada", ["magi:read"], now=0)
    assert plan_for(settings(tmp_path)).authentication
    file.revoke("ada")
    assert plan_for(settings(tmp_path)).authentication
    assert not plan_for(settings(tmp_path), insecure=True).authentication


def test_the_hosts_that_requests_may_name_are_never_any(tmp_path: Path) -> None:
    plan = plan_for(settings(tmp_path), host="0.0.0.0", insecure=True)  # noqa: S104
    assert "*" not in plan.security.allowed_hosts
    assert plan.security.enable_dns_rebinding_protection
    assert not any(host.startswith("evil") for host in plan.security.allowed_hosts)
    named = settings(tmp_path, MAGI_SERVER_URL="https://magi.example/mcp")
    security = plan_for(named).security
    assert "magi.example" in security.allowed_hosts
    assert "https://magi.example" in security.allowed_origins


def test_keys_are_not_shown_where_a_plan_is(tmp_path: Path) -> None:
    plan = plan_for(settings(tmp_path))
    assert repr(plan.state_key) not in repr(plan)
    assert plan.state_key != plan_for(settings(tmp_path)).state_key


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("MAGI_SERVER_URL", "magi.example", "the public address"),
        ("MAGI_SERVER_URL", "https://user:pw@magi.example/mcp", "the public address"),
        ("MAGI_SERVER_URL", "https://magi.example/mcp?x=1", "the public address"),
        ("MAGI_SERVER_ALLOWED_HOSTS", "good.example,*", "a host"),
        ("MAGI_SERVER_ALLOWED_HOSTS", "https://good.example", "a host"),
        ("MAGI_SERVER_ALLOWED_ORIGINS", "good.example", "an origin"),
        ("MAGI_SERVER_ALLOWED_ORIGINS", "https://good.example/path", "an origin"),
        ("MAGI_SERVER_REQUESTS_AT_ONCE", "0", "a whole number greater than 0"),
        ("MAGI_SERVER_MAX_BODY_BYTES", "much", "a whole number greater than 0"),
        ("MAGI_SERVER_GRACE_S", "-1", "a number of seconds greater than 0"),
        ("MAGI_OIDC_ISSUER", "http://id.example", "https://"),
        ("MAGI_OIDC_JWKS_URL", "ftp://id.example", "https://"),
    ],
)
def test_a_mistake_names_its_variable_and_what_would_be_right(
    tmp_path: Path, variable: str, value: str, problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem) as refused:
        settings(tmp_path, **{**OIDC, variable: value})
    assert refused.value.place == variable


def test_an_issuer_needs_an_audience(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"oidc\.audience: is missing"):
        settings(tmp_path, MAGI_OIDC_ISSUER="https://id.example")


def test_answers_do_not_wait_for_clients_to_acknowledge_their_headers(tmp_path: Path) -> None:
    with (
        listen(replace(plan_for(settings(tmp_path)), port=0)) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
