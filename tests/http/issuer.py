"""An OpenID Connect issuer on loopback: it announces its keys, and signs what it is told to."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AUDIENCE = "https://magi.example/mcp"


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Issuer:
    """What the issuer says, and how often its keys were ``fetched``."""

    url: str = ""
    keys: dict[str, RSAPrivateKey] = field(default_factory=lambda: {"one": new_key()})
    fetched: int = 0
    broken: bool = False
    calls_itself: str | None = None

    def token(
        self,
        *,
        kid: str = "one",
        key: RSAPrivateKey | None = None,
        leave_out: str = "",
        algorithm: str = "RS256",
        claims: Mapping[str, object] | None = None,
    ) -> str:
        """A token that would be taken, but for what is given or left out."""
        said = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ada",
            "scope": "openid magi:deliberate",
            "iat": int(time()),
            "exp": int(time()) + 300,
            **(claims or {}),
        }
        said.pop(leave_out, None)
        return jwt.encode(said, key or self.keys[kid], algorithm=algorithm, headers={"kid": kid})

    def unsigned(self, algorithm: str = "none") -> str:
        """A good token, but for having no signature."""
        _, claims, _ = self.token().split(".")
        return f"{_part({'alg': algorithm, 'typ': 'JWT', 'kid': 'one'})}.{claims}."

    def signed_with_the_public_key(self) -> str:
        """A good token, but signed with what everybody knows, as a shared secret."""
        _, claims, _ = self.token().split(".")
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'one'})}.{claims}"
        public = self.keys["one"].public_key()
        secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_base64(mac)}"

    def says(self, path: str) -> Mapping[str, Any] | None:
        """The document at a path."""
        if self.broken:
            return None
        match path:
            case "/.well-known/openid-configuration":
                return {"issuer": self.calls_itself or self.url, "jwks_uri": f"{self.url}/keys"}
            case "/keys":
                self.fetched += 1
                return {"keys": [_public(kid, key) for kid, key in self.keys.items()]}
            case _:
                return None


@contextmanager
def issuer() -> Iterator[Issuer]:
    """An issuer that is there for as long as the block lasts."""
    its = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = its.says(self.path)
            body = json.dumps(said).encode()
            self.send_response(500 if said is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    its.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield its
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _public(kid: str, key: RSAPrivateKey) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**described, "kid": kid, "use": "sig"}


def _part(value: Mapping[str, str]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
