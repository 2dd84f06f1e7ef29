"""The inbox of deliveries that are no decisions: a chat may bring the same one twice, and it has one effect."""

from datetime import timedelta

from storage.session import Database


async def first_time(database: Database, source: str, event_key: str) -> bool:
    """Note a delivery; False when it was noted before. Of two that come at once one is the first."""
    async with database.transaction() as tx:
        return await tx.run(_NOTE, {"source": source, "event_key": event_key}) == 1


async def was_noted(database: Database, source: str, event_key: str) -> bool:
    """Whether a delivery was noted before; for deliveries that are noted once they are done, and may then run twice."""
    async with database.transaction() as tx:
        return bool(await tx.value(_KNOWN, {"source": source, "event_key": event_key}))


async def forget(database: Database, source: str, event_key: str) -> None:
    """What it asked for did not work: the chat's next try is a first one again."""
    async with database.transaction() as tx:
        await tx.run(_FORGET, {"source": source, "event_key": event_key})


async def tidy(database: Database, kept: timedelta) -> int:
    """Delete a few thousand of the entries that are older than `kept`; how many went. 0: none is left."""
    async with database.transaction() as tx:
        return await tx.run(_TIDY, {"kept": kept})


_NOTE = "INSERT INTO inbox (source, event_key) VALUES (%(source)s, %(event_key)s) ON CONFLICT DO NOTHING"
_FORGET = "DELETE FROM inbox WHERE source = %(source)s AND event_key = %(event_key)s"
_TIDY = """
DELETE FROM inbox WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM inbox WHERE received_at < now() - %(kept)s::interval ORDER BY received_at LIMIT 5000))
"""
_KNOWN = "SELECT true FROM inbox WHERE source = %(source)s AND event_key = %(event_key)s"
