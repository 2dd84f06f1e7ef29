"""Workspaces, their salts, what leads to them from a chat, and our bot's installations."""

import os
from dataclasses import dataclass
from uuid import UUID

from domain.card import Surface
from domain.plans import Plan
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Workspace:
    """The tenant."""

    id: UUID
    name: str
    plan: Plan


async def workspace_of(tx: Transaction, surface: Surface, ref: str) -> UUID | None:
    """Whose Slack team or Telegram chat it is; None when it is nobody's. Needs no tenant."""
    found: UUID | None = await tx.value(_WORKSPACE_OF, {"surface": surface, "ref": ref})
    return found


async def page(tx: Transaction, after: UUID | None, max_rows: int) -> list[UUID]:
    """Ids of workspaces in order, through the door; the next page comes after the last of this one. Needs no tenant."""
    return [row["id"] for row in await tx.dicts(_PAGE, {"after": after, "max_rows": max_rows})]


async def bind(tx: Transaction, surface: Surface, ref: str) -> UUID:
    """Bind a team or chat to this workspace unless it is bound; returns whose it is. Waits for a rival's commit."""
    owner: UUID = await tx.value(_BIND, {"surface": surface, "ref": ref})
    return owner


async def rebind(tx: Transaction, surface: Surface, ref: str) -> None:
    """Bind a chat to this workspace, whoever had it before."""
    await tx.run(_REBIND, {"surface": surface, "ref": ref})


async def unbind(tx: Transaction, surface: Surface, ref: str) -> None:
    """Forget a chat's binding to this workspace."""
    await tx.run(_UNBIND, {"surface": surface, "ref": ref})


async def create(tx: Transaction, name: str) -> bool:
    """Make the workspace of this transaction, on the free plan and with a salt. False if it is there already."""
    if await tx.run(_CREATE, {"name": name}) == 0:
        return False
    await tx.run(_SALT, {"salt": os.urandom(32)})
    return True


async def get(tx: Transaction) -> Workspace | None:
    return await tx.row(Workspace, _GET)


async def lock(tx: Transaction) -> Workspace:
    """The workspace; whoever else counts or moves many of its rows waits. Raises LookupError if there is none."""
    found = await tx.row(Workspace, _LOCK)
    if found is None:
        raise LookupError("this transaction has no workspace")
    return found


async def set_plan(tx: Transaction, plan: Plan) -> None:
    await tx.run(_SET_PLAN, {"plan": plan})


@dataclass(frozen=True, slots=True)
class Installation:
    """Our bot in a Slack team. `bot_ref` and `app_ref` are Slack's bot id and app id."""

    id: UUID
    team_ref: str
    team_name: str
    bot_user_ref: str
    bot_ref: str
    app_ref: str
    scopes: str


async def put_installation(tx: Transaction, found: Installation, surface: Surface, installed_by: UUID | None) -> UUID:
    """Store or renew an installation; returns the id under which it stands (the first one's when it is renewed)."""
    values = {
        "id": found.id,
        "surface": surface,
        "team_ref": found.team_ref,
        "team_name": found.team_name,
        "bot_user_ref": found.bot_user_ref,
        "bot_ref": found.bot_ref,
        "app_ref": found.app_ref,
        "scopes": found.scopes,
        "installed_by": installed_by,
    }
    stands: UUID = await tx.value(_PUT_INSTALLATION, values)
    return stands


async def installation(tx: Transaction, surface: Surface, team_ref: str) -> Installation | None:
    """The live installation in a team; None also when it was uninstalled."""
    return await tx.row(Installation, _INSTALLATION, {"surface": surface, "team_ref": team_ref})


async def lock_installation(tx: Transaction, surface: Surface, team_ref: str) -> Installation | None:
    """The same, and nobody installs or removes it until this commits."""
    return await tx.row(Installation, _LOCK_INSTALLATION, {"surface": surface, "team_ref": team_ref})


async def uninstalled(tx: Transaction, surface: Surface, team_ref: str) -> UUID | None:
    """Mark it uninstalled; its id, or None when there was no live one."""
    gone: UUID | None = await tx.value(_UNINSTALLED, {"surface": surface, "team_ref": team_ref})
    return gone


_PAGE = "SELECT door_workspaces(%(after)s::uuid, %(max_rows)s) AS id"
_WORKSPACE_OF = "SELECT workspace_id FROM chat_lookups WHERE surface = %(surface)s AND ref = %(ref)s"
_BIND = """
INSERT INTO chat_lookups (surface, ref, workspace_id) VALUES (%(surface)s, %(ref)s, %(workspace_id)s)
ON CONFLICT (surface, ref) DO UPDATE SET ref = excluded.ref RETURNING workspace_id
"""
_REBIND = """
INSERT INTO chat_lookups (surface, ref, workspace_id) VALUES (%(surface)s, %(ref)s, %(workspace_id)s)
ON CONFLICT (surface, ref) DO UPDATE SET workspace_id = excluded.workspace_id
"""
_UNBIND = "DELETE FROM chat_lookups WHERE surface = %(surface)s AND ref = %(ref)s AND workspace_id = %(workspace_id)s"
_CREATE = """
INSERT INTO workspaces (workspace_id, name) VALUES (%(workspace_id)s, %(name)s) ON CONFLICT (workspace_id) DO NOTHING
"""
_SALT = "INSERT INTO salts (workspace_id, salt) VALUES (%(workspace_id)s, %(salt)s)"
_GET = "SELECT workspace_id AS id, name, plan FROM workspaces WHERE workspace_id = %(workspace_id)s"
_LOCK = """
SELECT workspace_id AS id, name, plan FROM workspaces WHERE workspace_id = %(workspace_id)s FOR NO KEY UPDATE
"""
_SET_PLAN = "UPDATE workspaces SET plan = %(plan)s WHERE workspace_id = %(workspace_id)s"
_PUT_INSTALLATION = """
INSERT INTO installations
    (workspace_id, id, surface, team_ref, team_name, bot_user_ref, bot_ref, app_ref, scopes, installed_by)
VALUES (%(workspace_id)s, %(id)s, %(surface)s, %(team_ref)s, %(team_name)s, %(bot_user_ref)s, %(bot_ref)s, %(app_ref)s,
        %(scopes)s, %(installed_by)s)
ON CONFLICT (workspace_id, surface, team_ref) DO UPDATE SET
    team_name = excluded.team_name, bot_user_ref = excluded.bot_user_ref, bot_ref = excluded.bot_ref,
    app_ref = excluded.app_ref, scopes = excluded.scopes, installed_by = excluded.installed_by,
    installed_at = now(), uninstalled_at = NULL
RETURNING id
"""
_INSTALLATION = """
SELECT id, team_ref, team_name, bot_user_ref, bot_ref, app_ref, scopes FROM installations
WHERE workspace_id = %(workspace_id)s AND surface = %(surface)s AND team_ref = %(team_ref)s AND uninstalled_at IS NULL
"""
_LOCK_INSTALLATION = f"{_INSTALLATION} FOR UPDATE"
_UNINSTALLED = """
UPDATE installations SET uninstalled_at = now()
WHERE workspace_id = %(workspace_id)s AND surface = %(surface)s AND team_ref = %(team_ref)s AND uninstalled_at IS NULL
RETURNING id
"""
