"""The clock: sends a hint for whatever is due, at the instant at which it is due. Safe to run twice.

It scans every few seconds, which alone would suffice, and sets a timer for each thing that falls due before the next scan.
A message on the channel of hints makes it scan at once, when an earlier instant may have appeared.
"""

import asyncio
import contextlib
from uuid import UUID

import redis.asyncio as redis
import structlog
from psycopg import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from pipeline.ports import Hint
from pipeline.schedule import Rounds
from storage.due import Due, due_within
from storage.session import Database

log = structlog.get_logger(__name__)

SCAN_SECONDS = 5.0
REPEAT_SECONDS = 4.0
"""A row that stays due is hinted at again after this long: a hint may have been lost."""

CLOCKS_APART = 0.25
"""The database and this process measure the same instant a little differently."""
TOGETHER_SECONDS = 0.02
"""Messages that come so close together are answered by one scan."""

Key = tuple[str, UUID | None, UUID | None]


class DueClock:
    """One a clock process. Holds nothing that may not be forgotten."""

    def __init__(self, database: Database, hint: Hint, redis_url: str, due_channel: str) -> None:
        self._database = database
        self._hint = hint
        self._rounds = Rounds(hint)
        self._redis_url = redis_url
        self._due_channel = due_channel
        self._again = asyncio.Event()
        self._hinted: dict[Key, float] = {}
        self._timers: list[asyncio.TimerHandle] = []

    async def run(self) -> None:
        """Scan for ever. Cancel to stop."""
        listener = asyncio.create_task(self._listen())
        try:
            while True:
                await self._scan_surviving()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._again.wait(), SCAN_SECONDS)
                await asyncio.sleep(TOGETHER_SECONDS)
                self._again.clear()
        finally:
            listener.cancel()
            for timer in self._timers:
                timer.cancel()

    async def _scan_surviving(self) -> None:
        try:
            await self.scan()
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            log.warning("the database does not answer; scanning again soon", error=str(error).strip())

    async def scan(self) -> None:
        """Hint at what is due; set timers, in place of the last scan's, for what falls due before the next one."""
        self._rounds.go()
        found = await due_within(self._database, SCAN_SECONDS + 1)
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._hinted = {key: at for key, at in self._hinted.items() if at > now - REPEAT_SECONDS}
        for timer in self._timers:
            timer.cancel()
        self._timers = [
            loop.call_at(now + max(due.in_seconds, 0.0), self._fire, due, now + due.in_seconds) for due in found
        ]

    def _fire(self, due: Due, since: float) -> None:
        """Hint, unless that has been done since the row fell due."""
        key = (due.stage, due.workspace_id, due.id)
        hinted = self._hinted.get(key)
        if hinted is None or hinted < since - CLOCKS_APART:
            self._hinted[key] = asyncio.get_running_loop().time()
            self._hint(*key)

    async def _listen(self) -> None:
        while True:
            try:
                async with (
                    redis.Redis.from_url(self._redis_url) as client,
                    client.pubsub(ignore_subscribe_messages=True) as channel,
                ):
                    await channel.subscribe(self._due_channel)
                    async for _ in channel.listen():
                        self._again.set()
            except (redis.RedisError, OSError):
                await asyncio.sleep(1)
