"""Anchoring: where every audit chain ends is written down outside the database, every few minutes or some hundred events."""

import asyncio
from datetime import UTC, datetime

import structlog

from storage import audit
from storage.anchors import AnchorFile
from storage.session import Database

log = structlog.get_logger(__name__)


async def anchor(database: Database, file: AnchorFile, now: datetime | None = None) -> None:
    """Write a line about all workspaces if one is due. Safe to run twice and at once. Raises `AnchorsBroken` and OSError."""
    heads = await audit.heads(database)
    written = await asyncio.to_thread(file.add, heads, now or datetime.now(UTC))
    if written is not None:
        await audit.note_anchors(database, written)
        log.info("the audit trail was anchored", line=written.lines, workspaces=len(heads))
