"""What an operator does from the command line: plans, key rotation, the audit trail, and going on after a restore."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from pydantic import SecretStr

from app.embedded import attend
from app.logins import url_of
from app.settings import HOW, Settings, load
from app.startup import check
from domain.card import SEAL_DIGITS, Surface
from domain.plans import Plan
from pipeline.verify import Seal, verify
from pipeline.workspaces import set_plan as store_plan
from pipeline.workspaces import workspace_of
from storage.anchors import AnchorFile, AnchorsBroken, Head, Why
from storage.keys import Keyring, Purpose
from storage.session import Database
from storage.vault import Vault


class NotDone(Exception):
    """The command could not do what it was asked; the text says why and what to do."""


@contextlib.contextmanager
def with_servers(settings: Settings) -> Iterator[Settings]:
    """The settings with addresses in them: the embedded servers' for the length of the command, where none are configured."""
    if not settings.embedded:
        yield settings
        return
    with attend(settings.amarktai_home) as known:
        yield settings.model_copy(
            update={
                "database_url": SecretStr(known.database_url),
                "redis_url": SecretStr(known.redis_url),
            }
        )


@contextlib.asynccontextmanager
async def open_database(
    settings: Settings, *, purposes: frozenset[Purpose] = frozenset(Purpose)
) -> AsyncIterator[tuple[Database, Vault]]:
    """A small pool of the worker's login and the vault, checked like any process at its start."""
    keyring = Keyring.parse(settings.amarktai_keys.get_secret_value())
    database = Database(url_of("amarktai_worker", settings, keyring), size=2)
    await database.open()
    try:
        await check(database, keyring, purposes)
        yield database, Vault(keyring)
    finally:
        await database.close()


async def set_plan(name: str, team: str, chat: str) -> str:
    """Put a workspace on a plan. Raises `NotDone`."""
    if name not in set(Plan):
        raise NotDone(f"There is no plan “{name}”. Choose one of: {', '.join(Plan)}.")
    surface, ref = (Surface.SLACK, team) if team else (Surface.TELEGRAM, chat)
    with with_servers(load(needs=("AMARKTAI_KEYS",))) as settings:
        async with open_database(settings) as (database, _):
            workspace_id = await workspace_of(database, surface, ref)
            if workspace_id is None:
                raise NotDone(f"No workspace belongs to {surface} “{ref}”. Name it with --team or --chat.")
            await store_plan(database, workspace_id, Plan(name))
    return f"The workspace is on {name.title()}."


async def rotate_keys() -> str:
    """Every secret under the newest key of its purpose. Interrupted, it goes on where it was."""
    moved = 0
    with with_servers(load(needs=("AMARKTAI_KEYS",))) as settings:
        async with open_database(settings) as (database, vault):
            async for workspace_id in every_workspace(database):
                while batch := await vault.rotate(database, workspace_id):
                    moved += batch
    return f"{moved} secrets were sealed anew. Keys that nothing is sealed under may be taken out of AMARKTAI_KEYS."


async def verify_audit(seal: str = "") -> str | None:
    """None when every chain is whole and as it was anchored, else a sentence a workspace that names its first bad row.

    `seal` is one that a chat showed, "214:3f9a1b2c4d5e6f70": it must be the seal of some workspace's trail. Raises `NotDone`.
    """
    with with_servers(load(needs=("AMARKTAI_KEYS",))) as settings:
        async with open_database(settings) as (database, _):
            keyring = Keyring.parse(settings.amarktai_keys.get_secret_value())
            verdict = await verify(database, settings.anchors, keyring, _seal(seal))
    return "\n".join(verdict) or None


def _seal(text: str) -> Seal | None:
    if not text:
        return None
    seq, _, begins = text.strip().lower().partition(":")
    if not seq.isdecimal() or len(begins) < SEAL_DIGITS or set(begins) - set("0123456789abcdef"):
        raise NotDone(f"“{text}” is no seal. Copy it as the chat shows it: a number, a colon, {SEAL_DIGITS} digits.")
    return Seal(int(seq), begins)


def accept_restore(*, by_other_tools: bool = False) -> str:
    """Put everything that may have gone out since the backup under question; then publishing may go on.

    The new server knows no passwords of our logins yet, and its schema may be older than this code: both are seen to.
    Raises `NotDone` for a database that does not know of a restore, unless `by_other_tools` says that there was one.
    """
    from app.migrate import migrate  # every process that cannot start imports this module, for `NotDone`

    with with_servers(load(needs=("AMARKTAI_KEYS",))) as settings:
        owner = settings.database_url.get_secret_value()
        if not owner:
            raise NotDone(f"DATABASE_URL is missing: {HOW['DATABASE_URL']}")
        keyring = Keyring.parse(settings.amarktai_keys.get_secret_value())
        if not by_other_tools and not _was_restored(owner):
            raise NotDone(_NO_RESTORE)
        migrate(settings, keyring)
        with psycopg.connect(owner, autocommit=True) as connection:
            questioned = _put_under_question(url_of("amarktai_worker", settings, keyring))
            _anchor_restored(settings, keyring)
            connection.execute(
                "UPDATE installation SET restored_at = NULL, place = database_place(), environment_id = gen_random_uuid(),"
                " key_checks = '{}'"
            )
        migrate(settings, keyring)  # the keys belong to the new environment from now on
    posts = "1 post is" if questioned == 1 else f"{questioned} posts are"
    return f"{posts} under question; people see them on their cards. Publishing goes on with the next start."


def _was_restored(owner: str) -> bool:
    """Whether the database remembers a restore. Raises `NotDone` when it cannot be asked."""
    try:
        with psycopg.connect(owner) as connection:
            row = connection.execute("SELECT is_copy()").fetchone()
    except psycopg.Error as error:
        raise NotDone(
            f"The database does not say ({str(error).strip().splitlines()[0]}): check DATABASE_URL."
        ) from None
    return row is not None and bool(row[0])


def _put_under_question(url: str) -> int:
    """How many posts a person or a look must now decide about. Twice is the same as once."""
    questioned = 0
    with psycopg.connect(url, autocommit=True) as connection:
        for (workspace_id,) in connection.execute("SELECT door_workspaces(NULL, 1000000)").fetchall():
            with connection.transaction():
                connection.execute("SELECT set_config('app.workspace', %s, true)", (str(workspace_id),))
                values = {"workspace_id": workspace_id, "doubt": _DOUBT}
                for mark in (_ASKED_BEFORE, _PARTS):
                    connection.execute(mark, values)
                for question in (_QUESTION, _WAS_GOING_OUT):
                    questioned += connection.execute(question, values).rowcount
    return questioned


def _anchor_restored(settings: Settings, keyring: Keyring) -> None:
    """Write down beside the database that its trail went back on purpose: what was anchored beyond is no tampering."""
    with psycopg.connect(url_of("amarktai_worker", settings, keyring)) as connection:
        rows = connection.execute("SELECT workspace_id, seq, encode(hash, 'hex') FROM door_heads()").fetchall()
    heads = [Head(workspace_id, seq, digest) for workspace_id, seq, digest in rows]
    try:
        AnchorFile(settings.anchors, keyring).add(heads, datetime.now(UTC), Why.RESTORE)
    except (OSError, AnchorsBroken) as error:
        raise NotDone(f"The anchors of the audit trail cannot be continued, so nothing goes out yet: {error}") from None


async def every_workspace(database: Database) -> AsyncIterator[UUID]:
    """Ids of all workspaces, a page at a time, through the door."""
    after: UUID | None = None
    while True:
        async with database.transaction() as tx:
            rows = await tx.dicts("SELECT door_workspaces(%(after)s, 500) AS id", {"after": after})
        for row in rows:
            yield row["id"]
        if not rows:
            return
        after = rows[-1]["id"]


_DOUBT = "This came back from a backup and may be live already. Look at the account before you publish it."
_NO_RESTORE = (
    "This database did not come back from `amarktai restore`, so there is nothing to accept. "
    "If other tools brought it back, say --by-other-tools before any worker starts."
)
# Approved before, and whatever somebody rescheduled since: its slot has passed, or it was tried.
_QUESTION = """
UPDATE posts SET event = 'miss', actor = NULL, next_at = NULL, trouble = %(doubt)s
WHERE workspace_id = %(workspace_id)s AND state IN ('approved', 'retry_wait') AND (slot <= now() OR fence > 0)
"""
# What waited for a person's word may have got it since.
_ASKED_BEFORE = """
UPDATE posts SET trouble = %(doubt)s WHERE workspace_id = %(workspace_id)s AND state IN ('missed', 'needs_human', 'held', 'failed')
"""
# What was going out when the backup was made has certainly been decided since: the platform is asked, then a person. That an
# attempt had sent nothing by then says nothing about what it did afterwards.
_WAS_GOING_OUT = """
WITH sent AS (
    UPDATE attempts t SET sent_at = t.intent_at FROM posts p
    WHERE t.workspace_id = %(workspace_id)s AND p.workspace_id = t.workspace_id AND p.id = t.post_id
      AND t.ended_at IS NULL AND t.sent_at IS NULL
)
UPDATE posts SET event = 'lose', actor = NULL, next_at = now(), lease_by = NULL, lease_until = NULL, sending = false
WHERE workspace_id = %(workspace_id)s AND state = 'publishing'
"""
# The rest of a thread, a first comment. What was going out is looked for; of what was next, one that is missing is better than
# one that is there twice, and nothing follows on it.
_PARTS = """
UPDATE parts q SET sending = q.state = 'claimed', lease_until = least(q.lease_until, now()),
    state = CASE WHEN q.state <> 'waiting' THEN q.state WHEN q.next_at IS NOT NULL THEN 'unclear' ELSE 'dropped' END,
    next_at = CASE WHEN q.state <> 'waiting' THEN q.next_at END,
    trouble = CASE WHEN q.state <> 'waiting' THEN q.trouble
                   ELSE 'This came back from a backup and may be there already: look at the post.' END
FROM posts p
WHERE q.workspace_id = %(workspace_id)s AND p.workspace_id = q.workspace_id AND p.id = q.post_id AND p.state = 'published'
  AND q.state IN ('waiting', 'claimed', 'unknown')
"""
