"""The passwords and ports of one home's servers, kept where only its owner can read them."""

import json
import os
import secrets
import zlib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

DATABASE, OWNER, SUPERUSER = "amarktai", "amarktai_owner", "postgres"
_FIRST_PORT, _PORTS = 20_000, 12_000  # below the ports which systems hand to outgoing connections


def _password() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything needed to reach the servers of one home. Its text form hides the passwords."""

    postgres_port: int
    valkey_port: int
    superuser_password: str = field(default_factory=_password, repr=False)
    owner_password: str = field(default_factory=_password, repr=False)
    valkey_password: str = field(default_factory=_password, repr=False)

    @classmethod
    def fresh(cls, home: Path) -> Self:
        """New passwords; ports that differ from home to home and stay the same for one."""
        first = _FIRST_PORT + zlib.crc32(os.fsencode(home.resolve())) % (_PORTS // 2) * 2
        return cls(first, first + 1)

    @classmethod
    def read(cls, home: Path) -> Self | None:
        """Those of the home, None when it has none (yet)."""
        try:
            return cls(**json.loads(_file(home).read_text()))
        except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError, TypeError):
            return None

    def write(self, home: Path) -> None:
        """Keep them, in one move, with mode 0600."""
        part = _file(home).with_suffix(".part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(asdict(self), out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(_file(home))

    def at_ports(self, postgres: int, valkey: int) -> Self:
        return replace(self, postgres_port=postgres, valkey_port=valkey)

    @property
    def database_url(self) -> str:
        return f"postgresql://{OWNER}:{self.owner_password}@127.0.0.1:{self.postgres_port}/{DATABASE}"

    @property
    def superuser_url(self) -> str:
        return f"postgresql://{SUPERUSER}:{self.superuser_password}@127.0.0.1:{self.postgres_port}/postgres"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.valkey_password}@127.0.0.1:{self.valkey_port}/0"


def _file(home: Path) -> Path:
    return home / "embedded" / "servers.json"
