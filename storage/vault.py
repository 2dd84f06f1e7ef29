"""The vault: tokens sealed with AES-256-GCM, so that neither a dump, a replica nor a swapped row gives one away.

A key per workspace and purpose is derived by HKDF-SHA-256 from a master key and the workspace's salt; deleting the salt erases
the workspace's secrets. The associated data name workspace, table, row, column and version: a ciphertext that is moved to
another row, or put back under a newer version, does not open. (Who can put a whole older row back, its version included, brings
back the older token; the audit trail, which counts the versions, shows it.)
"""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.secret import Secret
from storage.keys import Keyring, KeysUnusable, MasterKey, Purpose, derive
from storage.session import Database, Transaction

_FORMAT = b"\x01"
_NONCE = 12


class Vault:
    """Seals and opens secrets. Plaintext leaves it as a `Secret` only."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def put(self, tx: Transaction, purpose: Purpose, table: str, owner: UUID, name: str, secret: Secret) -> None:
        """Store or replace a secret of the row `owner` of `table`. An empty secret is refused: it never replaces a good one."""
        if not secret:
            raise ValueError(f"an empty {name} must not replace a stored one")
        key = self._keyring.newest(purpose)
        version = await tx.value(_NEXT_VERSION, {"owner": owner, "name": name})
        context = _Context(tx.workspace_id, table, owner, name, version)
        sealed = _seal(key, await _salt(tx), context, secret)
        await tx.run(
            _PUT,
            {
                "table": table,
                "owner": owner,
                "name": name,
                "purpose": purpose,
                "version": version,
                "key_id": key.id,
                "sealed": sealed,
            },
        )

    async def get(self, tx: Transaction, owner: UUID, name: str) -> Secret | None:
        """The secret, or None if there is none (or none that this login may see). Raises `KeysUnusable`."""
        row = await tx.row(_Sealed, _GET, {"owner": owner, "name": name})
        if row is None:
            return None
        key = self._keyring.named(row.key_id)
        if key is None:
            raise _key_missing(row.key_id)
        context = _Context(tx.workspace_id, row.owner_table, row.owner_id, row.name, row.version)
        return _open(key, await _salt(tx), context, row.sealed)

    async def forget(self, tx: Transaction, owner: UUID) -> None:
        """Delete every secret of a row."""
        await tx.run(
            "DELETE FROM secrets WHERE workspace_id = %(workspace_id)s AND owner_id = %(owner)s", {"owner": owner}
        )

    async def rotate(self, database: Database, workspace_id: UUID, batch: int = 100) -> int:
        """Re-seal up to `batch` secrets of a workspace under the newest keys. Safe to interrupt and to run at once; returns how many."""
        newest = [self._keyring.newest(purpose).id for purpose in self._keyring.purposes()]
        async with database.transaction(workspace_id) as tx:
            rows = await tx.rows(_Sealed, _OLD, {"newest": newest, "batch": batch})
            for row in rows:
                secret = await self.get(tx, row.owner_id, row.name)
                if secret is not None:
                    await self.put(tx, Purpose(row.purpose), row.owner_table, row.owner_id, row.name, secret)
        return len(rows)

    def seal_once(self, label: str, text: str) -> bytes:
        """Seal something short-lived that belongs to no row yet (an OAuth code), bound to `label`."""
        key = self._keyring.newest(Purpose.CHAT)
        nonce = os.urandom(_NONCE)
        return (
            key.id.encode() + b":" + nonce + AESGCM(derive(key, "once")).encrypt(nonce, text.encode(), label.encode())
        )

    def open_once(self, label: str, sealed: bytes) -> str:
        """What `seal_once` sealed under the same label. Raises `KeysUnusable`."""
        named, _, rest = sealed.partition(b":")
        key_id = named.decode(errors="replace")
        key = self._keyring.named(key_id)
        if key is None:
            raise _key_missing(key_id)
        try:
            return AESGCM(derive(key, "once")).decrypt(rest[:_NONCE], rest[_NONCE:], label.encode()).decode()
        except (InvalidTag, ValueError):
            raise _does_not_open("once", key) from None

    def mark(self, label: str, text: str) -> str:
        """A value that only holders of the chat key can make: PKCE verifiers, signed links. 43 base64url characters."""
        digest = hmac.new(derive(self._keyring.newest(Purpose.CHAT), label), text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class _Sealed:
    owner_table: str
    owner_id: UUID
    name: str
    purpose: str
    version: int
    key_id: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class _Context:
    workspace_id: UUID | None
    table: str
    row: UUID
    column: str
    version: int

    def data(self) -> bytes:
        return json.dumps([str(self.workspace_id), self.table, str(self.row), self.column, self.version]).encode()


def _workspace_key(key: MasterKey, salt: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=salt, info=f"amarktai workspace {key.purpose}".encode()).derive(key.key)


def _seal(key: MasterKey, salt: bytes, context: _Context, secret: Secret) -> bytes:
    nonce = os.urandom(_NONCE)
    return _FORMAT + nonce + AESGCM(_workspace_key(key, salt)).encrypt(nonce, secret.reveal().encode(), context.data())


def _open(key: MasterKey, salt: bytes, context: _Context, sealed: bytes) -> Secret:
    if sealed[:1] != _FORMAT:
        raise KeysUnusable(f"The secret {context.column} has a format that this version does not know.")
    nonce, text = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        return Secret(AESGCM(_workspace_key(key, salt)).decrypt(nonce, text, context.data()).decode())
    except (InvalidTag, ValueError):
        raise _does_not_open(context.column, key) from None


def _key_missing(key_id: str) -> KeysUnusable:
    return KeysUnusable(
        f"A secret is sealed under the key {key_id}, which AMARKTAI_KEYS does not hold: add it again; "
        "`amarktai keys rotate` moves everything to the newest key."
    )


def _does_not_open(name: str, key: MasterKey) -> KeysUnusable:
    return KeysUnusable(
        f"The secret {name} does not open: the key {key.id} is not the one it was sealed with (restore the right one in "
        "AMARKTAI_KEYS), or its row was tampered with (connect the account again)."
    )


async def _salt(tx: Transaction) -> bytes:
    salt = await tx.value("SELECT salt FROM salts WHERE workspace_id = %(workspace_id)s")
    if salt is None:
        raise KeysUnusable("This workspace's secrets were erased.")
    return bytes(salt)


_NEXT_VERSION = """
SELECT coalesce(max(version), 0) + 1 FROM secrets WHERE workspace_id = %(workspace_id)s AND owner_id = %(owner)s AND name = %(name)s
"""
_PUT = """
INSERT INTO secrets (workspace_id, owner_table, owner_id, name, purpose, version, key_id, sealed)
VALUES (%(workspace_id)s, %(table)s, %(owner)s, %(name)s, %(purpose)s, %(version)s, %(key_id)s, %(sealed)s)
ON CONFLICT (workspace_id, owner_id, name) DO UPDATE SET version = excluded.version, key_id = excluded.key_id, sealed = excluded.sealed
"""
_GET = """
SELECT owner_table, owner_id, name, purpose, version, key_id, sealed FROM secrets
WHERE workspace_id = %(workspace_id)s AND owner_id = %(owner)s AND name = %(name)s
"""
_OLD = """
SELECT owner_table, owner_id, name, purpose, version, key_id, sealed FROM secrets
WHERE workspace_id = %(workspace_id)s AND NOT key_id = ANY (%(newest)s) ORDER BY owner_id, name LIMIT %(batch)s FOR UPDATE SKIP LOCKED
"""
