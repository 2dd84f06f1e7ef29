"""The keys that the twins hand out: random for every home directory, recognisable as the sandbox's own."""

import os
import secrets as random_source
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson


@dataclass(frozen=True, repr=False)
class Secrets:
    """Client identities and signing keys; every value says "sandbox", so none is taken for a real one."""

    slack_client_id: str
    slack_client_secret: str
    slack_signing_secret: str
    slack_app_token: str
    telegram_bot_token: str
    x_client_id: str
    x_client_secret: str
    linkedin_client_id: str
    linkedin_client_secret: str
    facebook_client_id: str
    facebook_client_secret: str
    google_client_id: str
    google_client_secret: str
    tiktok_client_key: str
    tiktok_client_secret: str

    def values(self) -> tuple[str, ...]:
        """The secret ones, for masking (client ids are public)."""
        return tuple(value for name, value in asdict(self).items() if not name.endswith(("client_id", "client_key")))


def open_secrets(home: Path) -> Secrets:
    """Read HOME/secrets.json, or make it (mode 0600). The same home always gives the same secrets.

    A home from before a twin was built gets that twin's secrets now and keeps its others.
    """
    path = home / "secrets.json"
    known = orjson.loads(path.read_bytes()) if path.exists() else {}
    fresh = replace(_fresh(), **known)
    if known.keys() == asdict(fresh).keys():
        return fresh
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(asdict(fresh), option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)  # a half-written file never bears the final name
    return fresh


def token(prefix: str) -> str:
    """A new random token: `prefix` and 32 characters that survive URLs and headers."""
    return prefix + random_source.token_hex(16)


def _fresh() -> Secrets:
    return Secrets(
        slack_client_id=f"sandbox.{random_source.randbelow(10**12):012d}",
        slack_client_secret=token("sandbox-slack-secret-"),
        slack_signing_secret=token("sandbox-signing-"),
        slack_app_token=token("xapp-sandbox-"),
        telegram_bot_token=token("1000001:SANDBOX-"),
        x_client_id=token("sandbox-x-client-"),
        x_client_secret=token("sandbox-x-secret-"),
        linkedin_client_id=token("sandbox-li-client-"),
        linkedin_client_secret=token("sandbox-li-secret-"),
        facebook_client_id=token("sandbox-fb-app-"),
        facebook_client_secret=token("sandbox-fb-secret-"),
        google_client_id=token("sandbox-google-client-"),
        google_client_secret=token("sandbox-google-secret-"),
        tiktok_client_key=token("sandbox-tt-key-"),
        tiktok_client_secret=token("sandbox-tt-secret-"),
    )
