"""One-time codes and one-time states: they stand before any tenant, as SHA-256, and work once."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from domain.platforms import Platform
from storage.session import Transaction


def fingerprint(secret: str) -> bytes:
    """What the database keeps of a code, a state or a cookie."""
    return sha256(secret.encode()).digest()


@dataclass(frozen=True, slots=True)
class LinkCode:
    """What a code is good for: `purpose` "person", "chat", "connect" or "settings"."""

    workspace_id: UUID
    member_id: UUID | None
    detail: dict[str, Any]


async def store_code(tx: Transaction, code: str, purpose: str, member_id: UUID | None, detail: dict[str, str]) -> None:
    """Keep a code of this transaction's workspace for ten minutes."""
    values = {"hash": fingerprint(code), "purpose": purpose, "member_id": member_id, "detail": Jsonb(detail)}
    await tx.run(_STORE_CODE, values)


async def peek_code(tx: Transaction, purpose: str, code: str) -> LinkCode | None:
    """What a code is good for, unless it was used, has expired, or is for something else. It stays unused."""
    return await tx.row(LinkCode, _PEEK_CODE, {"hash": fingerprint(code), "purpose": purpose})


async def purpose_of(tx: Transaction, code: str) -> str | None:
    """What a code that could still be used is for; None for every other."""
    purpose: str | None = await tx.value(_PURPOSE_OF, {"hash": fingerprint(code)})
    return purpose


async def use_code(tx: Transaction, purpose: str, code: str) -> LinkCode | None:
    """Use a code up. Of two who try at once, one gets it."""
    return await tx.row(LinkCode, _USE_CODE, {"hash": fingerprint(code), "purpose": purpose})


async def store_state(
    tx: Transaction, state: str, purpose: str, *, member_id: UUID | None, platform: Platform | None, browser: str
) -> None:
    """Keep a state for ten minutes, bound to this transaction's workspace, a member, a platform and a browser."""
    values = {
        "hash": fingerprint(state),
        "purpose": purpose,
        "member_id": member_id,
        "platform": platform,
        "browser": fingerprint(browser),
    }
    await tx.run(_STORE_STATE, values)


@dataclass(frozen=True, slots=True)
class OAuthState:
    """A state as it stands. `result` is None while under way, then "connected" or a sentence."""

    purpose: str
    workspace_id: UUID | None
    member_id: UUID | None
    platform: str | None
    same_browser: bool
    expired: bool
    used: bool
    result: str | None
    choices: list[dict[str, Any]] | None
    """The accounts that were connected."""
    chosen: bool
    """Whether the person said already which of them to keep."""


async def state(tx: Transaction, text: str, browser: str) -> OAuthState | None:
    """The state, locked until the end of the transaction; None when nobody knows it."""
    return await tx.row(OAuthState, _STATE, {"hash": fingerprint(text), "browser": fingerprint(browser)})


async def use_state(tx: Transaction, text: str, *, code: bytes | None, result: str | None) -> None:
    """Use a locked state up, with the platform's sealed answer or with the sentence that ends it."""
    await tx.run(_USE_STATE, {"hash": fingerprint(text), "code": code, "result": result})


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer of a platform that waits to be exchanged. `lease_until` names our lease. Instants are UTC."""

    state_hash: bytes
    workspace_id: UUID
    member_id: UUID
    platform: Platform
    code: bytes
    came_back_at: datetime
    lease_until: datetime
    now: datetime


async def lease_waiting(tx: Transaction, seconds: float) -> Waiting | None:
    """Take the oldest answer that nobody is exchanging. Of two who try at once, each gets another one."""
    return await tx.row(Waiting, _LEASE_WAITING, {"seconds": seconds})


async def put_off(tx: Transaction, waiting: Waiting, seconds: float) -> None:
    """Let it be tried again in a while."""
    values = {"hash": waiting.state_hash, "lease": waiting.lease_until, "seconds": seconds}
    await tx.run(_PUT_OFF, values)


async def finish(tx: Transaction, waiting: Waiting, result: str) -> bool:
    """Write the result down and destroy the sealed answer. False when somebody else already did.

    Whoever waits has ten minutes from now on to say which accounts to keep.
    """
    return await tx.run(_FINISH, {"hash": waiting.state_hash, "result": result}) == 1


async def offer(tx: Transaction, state_hash: bytes, choices: list[dict[str, Any]]) -> None:
    """Keep which accounts a finished state connected."""
    await tx.run(_OFFER, {"hash": state_hash, "choices": Jsonb(choices)})


async def choose(tx: Transaction, text: str, choices: list[dict[str, Any]]) -> bool:
    """Keep what the person chose of them. False when they chose before."""
    return await tx.run(_CHOOSE, {"hash": fingerprint(text), "choices": Jsonb(choices)}) == 1


async def sweep(tx: Transaction) -> None:
    """Delete codes and states that ended a day ago."""
    await tx.run("DELETE FROM link_codes WHERE expires_at < now() - interval '1 day'")
    await tx.run("DELETE FROM oauth_states WHERE expires_at < now() - interval '1 day'")


_STORE_CODE = """
INSERT INTO link_codes (code_hash, purpose, workspace_id, member_id, detail, expires_at)
VALUES (%(hash)s, %(purpose)s, %(workspace_id)s, %(member_id)s, %(detail)s, now() + interval '10 minutes')
"""
_PEEK_CODE = """
SELECT workspace_id, member_id, detail FROM link_codes
WHERE code_hash = %(hash)s AND purpose = %(purpose)s AND used_at IS NULL AND expires_at > now()
"""
_PURPOSE_OF = "SELECT purpose FROM link_codes WHERE code_hash = %(hash)s AND used_at IS NULL AND expires_at > now()"
_USE_CODE = """
UPDATE link_codes SET used_at = now()
WHERE code_hash = %(hash)s AND purpose = %(purpose)s AND used_at IS NULL AND expires_at > now()
RETURNING workspace_id, member_id, detail
"""
_STORE_STATE = """
INSERT INTO oauth_states (state_hash, purpose, workspace_id, member_id, platform, browser_hash, expires_at)
VALUES (%(hash)s, %(purpose)s, %(workspace_id)s, %(member_id)s, %(platform)s, %(browser)s,
        now() + interval '10 minutes')
"""
_STATE = """
SELECT purpose, workspace_id, member_id, platform, coalesce(browser_hash = %(browser)s, false) AS same_browser,
       expires_at <= now() AS expired, used_at IS NOT NULL AS used, result, choices, chosen_at IS NOT NULL AS chosen
FROM oauth_states WHERE state_hash = %(hash)s FOR UPDATE
"""
_USE_STATE = """
UPDATE oauth_states SET used_at = now(), came_back_at = now(), code = %(code)s, result = %(result)s
WHERE state_hash = %(hash)s
"""
_LEASE_WAITING = """
UPDATE oauth_states SET lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE state_hash = (
    SELECT o.state_hash FROM oauth_states o
    WHERE o.code IS NOT NULL AND o.result IS NULL AND (o.lease_until IS NULL OR o.lease_until <= now())
    ORDER BY o.came_back_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING state_hash, workspace_id, member_id, platform, code, came_back_at, lease_until, now() AS now
"""
_PUT_OFF = """
UPDATE oauth_states SET lease_until = now() + make_interval(secs => %(seconds)s)
WHERE state_hash = %(hash)s AND lease_until = %(lease)s AND result IS NULL
"""
_FINISH = """
UPDATE oauth_states SET result = %(result)s, code = NULL, lease_until = NULL, expires_at = now() + interval '10 minutes'
WHERE state_hash = %(hash)s AND result IS NULL
"""
_OFFER = "UPDATE oauth_states SET choices = %(choices)s WHERE state_hash = %(hash)s"
_CHOOSE = """
UPDATE oauth_states SET choices = %(choices)s, chosen_at = now() WHERE state_hash = %(hash)s AND chosen_at IS NULL
"""
