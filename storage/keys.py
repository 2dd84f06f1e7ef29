"""Master keys: what `AMARKTAI_KEYS` holds, and what is derived from it."""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Purpose(StrEnum):
    """What it is for: chat tokens are opened by web and worker, platform tokens by the worker only, which signs anchors, too."""

    CHAT = "chat"
    PLATFORM = "platform"
    ANCHOR = "anchor"
    """Seals nothing: signs what the heads of the audit chains were (`storage.anchors`)."""


SEALING = frozenset({Purpose.CHAT, Purpose.PLATFORM})
"""The purposes under which secrets stand in the database."""


class KeysUnusable(Exception):
    """The master keys are missing, malformed or not the ones that this database was sealed with. The operator acts."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """32 random bytes. `id` is written beside every secret sealed under it."""

    purpose: Purpose
    id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys of a process, newest first for each purpose."""

    keys: tuple[MasterKey, ...]

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read `AMARKTAI_KEYS`: purpose:id:base64, separated by commas. Raises `KeysUnusable` with what is wrong."""
        keys = tuple(_parse_key(part.strip()) for part in text.split(",") if part.strip())
        twice = {key.id for key in keys if [other.id for other in keys].count(key.id) > 1}
        if twice:
            raise KeysUnusable(f"AMARKTAI_KEYS names {', '.join(sorted(twice))} more than once: keep one key a name.")
        return cls(keys)

    def newest(self, purpose: Purpose) -> MasterKey:
        for key in self.keys:
            if key.purpose is purpose:
                return key
        raise KeysUnusable(f"AMARKTAI_KEYS holds no key for the purpose {purpose}. `amarktai keys new` prints one.")

    def named(self, key_id: str) -> MasterKey | None:
        return next((key for key in self.keys if key.id == key_id), None)

    def purposes(self) -> frozenset[Purpose]:
        return frozenset(key.purpose for key in self.keys)


def new_key(purpose: Purpose) -> str:
    """A fresh master key in the form in which `AMARKTAI_KEYS` holds it."""
    identity = f"{purpose[:1]}{binascii.hexlify(os.urandom(4)).decode()}"
    return f"{purpose}:{identity}:{base64.b64encode(os.urandom(32)).decode()}"


def derive(key: MasterKey, label: str) -> bytes:
    """32 bytes for one use of a master key, independent of every other label."""
    return HKDF(SHA256(), 32, salt=None, info=f"amarktai {label}".encode()).derive(key.key)


def key_check(key: MasterKey, environment_id: UUID) -> str:
    """What `installation.key_checks` records of a key: proves later that it is the same one, and tells nothing of it."""
    return hmac.new(derive(key, "check"), environment_id.bytes, hashlib.sha256).hexdigest()


def _parse_key(part: str) -> MasterKey:
    fields = part.split(":")
    if len(fields) != 3 or fields[0] not in set(Purpose) or not fields[1]:
        raise KeysUnusable(
            "AMARKTAI_KEYS wants purpose:id:base64 parts separated by commas, as `amarktai keys new` prints them."
        )
    try:
        key = base64.b64decode(fields[2], validate=True)
    except ValueError:  # also what is no ASCII
        key = b""
    if len(key) != 32:
        raise KeysUnusable(
            f"The key {fields[1]} in AMARKTAI_KEYS is not 32 bytes of base64. `amarktai keys new` prints good ones."
        )
    return MasterKey(Purpose(fields[0]), fields[1], key)
