"""The clock: sends a hint for whatever is due, at the instant at which it is due. Safe to run twice.

It scans every few seconds, which alone would suffice, and sets a timer for each thing that falls due before the next scan.
A message on the channel of hints makes it scan at once, when an earlier instant may have appeared.

Where more is due than is worked off, a queue is kept short: what falls due later waits behind few, and the scan, in which every
workspace has its turn, decides who is next.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from uuid import UUID

import redis.asyncio as redis
import structlog
from psycopg import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from pipeline.ports import Hint
from pipeline.schedule import Rounds
from pipeline.stages import STAGES
from storage.due import Due, due_within
from storage.session import Database

log = structlog.get_logger(__name__)

SCAN_SECONDS = 5.0
REPEAT_SECONDS = 4.0
"""A row that stays due is hinted at again after this long: a hint may have been lost."""
REPEAT_CROWDED_SECONDS = 60.0
"""The same where hints stand in line: there it has hardly been lost, and a second one would take the place of another row's."""

MOST_ROWS = 500
QUEUE_ROOM = 256
"""So many hints stand in a queue. Two seconds of fast platforms; behind more, a row that falls due would wait for too long."""
CROWDED_SCAN_SECONDS = 0.5
"""How soon is scanned again when rows were left out for want of room."""
LINE = "amarktai:{}"
"""Dramatiq's list of the messages that wait in a queue."""

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
                crowded = await self._scan_surviving()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._again.wait(), CROWDED_SCAN_SECONDS if crowded else SCAN_SECONDS)
                await asyncio.sleep(TOGETHER_SECONDS)
                self._again.clear()
        finally:
            listener.cancel()
            for timer in self._timers:
                timer.cancel()

    async def _scan_surviving(self) -> bool:
        try:
            return await self.scan()
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            log.warning("the database does not answer; scanning again soon", error=str(error).strip())
            return False

    async def scan(self) -> bool:
        """Hint at what is due; set timers, in place of the last scan's, for what falls due before the next one.

        True when there is more than was hinted at: then it is to be called again soon.
        """
        self._rounds.go()
        found = await due_within(self._database, SCAN_SECONDS + 1, max_rows=MOST_ROWS)
        overdue = [due for due in found if due.in_seconds <= 0]
        lines = await self._lines() if overdue else Counter()
        now = asyncio.get_running_loop().time()
        self._hinted = {key: at for key, at in self._hinted.items() if at > now - REPEAT_CROWDED_SECONDS}
        for timer in self._timers:
            timer.cancel()
        self._timers = [
            asyncio.get_running_loop().call_at(now + due.in_seconds, self._fire, due, now + due.in_seconds)
            for due in found
            if due.in_seconds > 0
        ]
        return self._hint_at(overdue, lines, now)

    def _hint_at(self, overdue: list[Due], lines: Counter[str], now: float) -> bool:
        """Hint as long as there is room in the queues; True when somebody was left out."""
        crowded = len(overdue) >= MOST_ROWS
        standing = lines.copy()
        for due in _by_turns(overdue):
            row = STAGES.get(due.stage)
            queue = (
                row.queue if row else ""
            )  # a stage that nobody knows is told to whoever sends hints, and logged there
            if self._is_hinted(due, now + due.in_seconds, now, crowded=standing[queue] > 0):
                continue
            if lines[queue] >= QUEUE_ROOM:
                crowded = True
                continue
            lines[queue] += 1
            self._fire(due, now + due.in_seconds)
        return crowded

    def _is_hinted(self, due: Due, since: float, now: float, *, crowded: bool) -> bool:
        """Whether a hint that was given since the row fell due may still be on its way."""
        hinted = self._hinted.get((due.stage, due.workspace_id, due.id))
        patience = REPEAT_CROWDED_SECONDS if crowded else REPEAT_SECONDS
        return hinted is not None and hinted >= since - CLOCKS_APART and hinted > now - patience

    def _fire(self, due: Due, since: float) -> None:
        """Hint, unless that has been done a moment ago, since the row fell due."""
        now = asyncio.get_running_loop().time()
        if not self._is_hinted(due, since, now, crowded=False):
            key = (due.stage, due.workspace_id, due.id)
            self._hinted[key] = now
            self._hint(*key)

    async def _lines(self) -> Counter[str]:
        """How many hints wait in each queue; none where Valkey does not tell, for it would not take any either."""
        queues = sorted({stage.queue for stage in STAGES.values()})
        try:
            async with (
                redis.Redis.from_url(self._redis_url, socket_connect_timeout=1, socket_timeout=1) as client,
                client.pipeline(transaction=False) as pipe,
            ):
                for queue in queues:
                    pipe.llen(LINE.format(queue))
                return Counter(dict(zip(queues, await pipe.execute(), strict=True)))
        except (redis.RedisError, OSError):
            return Counter()

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


def _by_turns(overdue: Iterable[Due]) -> list[Due]:
    """The first of every stage, then the second of every stage: no kind of work takes a whole queue for itself."""
    places: Counter[str] = Counter()
    placed: list[tuple[int, Due]] = []
    for due in overdue:
        placed.append((places[due.stage], due))
        places[due.stage] += 1
    return [due for _, due in sorted(placed, key=lambda one: one[0])]
