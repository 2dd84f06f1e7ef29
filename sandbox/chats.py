"""What both chat twins need: paces that run dry, and eyes that see what a person was just shown."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Sight = dict[str, Any]
Wanted = Callable[[Sight], bool]
QUIET = 0.15  # seconds without news after which a reaction counts as whole


class Bucket:
    """Tokens that drip: `burst` at once, then `per_second`. One bucket for each key."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._level: dict[str, tuple[float, float]] = {}

    def take(self, key: str, now: float) -> int:
        """0 when one was taken, else the whole seconds after which to ask again (nothing is taken)."""
        level, since = self._level.get(key, (float(self._burst), now))
        level = min(self._burst, level + max(0.0, now - since) * self._per_second)
        if level < 1:
            self._level[key] = (level, now)
            return max(1, -int(-((1 - level) / self._per_second) // 1))
        self._level[key] = (level - 1, now)
        return 0


class Window:
    """At most `most` calls of a key within `seconds`; a refused call does not count."""

    def __init__(self, most: int, seconds: float = 60.0) -> None:
        self._most = most
        self._seconds = seconds
        self._calls: dict[str, deque[float]] = {}

    def take(self, key: str, now: float) -> int:
        """0 when the call fits, else the whole seconds until one does."""
        calls = self._calls.setdefault(key, deque())
        while calls and calls[0] <= now - self._seconds:
            calls.popleft()
        if len(calls) >= self._most:
            return max(1, int(calls[0] + self._seconds - now) + 1)
        calls.append(now)
        return 0


class Watch:
    """One person's view of one moment: everything they saw since it began."""

    def __init__(self, wanted: Wanted) -> None:
        self.seen: list[Sight] = []
        self._wanted = wanted
        self._news = asyncio.Event()

    def notice(self, sight: Sight) -> None:
        """A sight passes by; it is kept when this watch wants it."""
        if self._wanted(sight):
            self.seen.append(sight)
            self._news.set()

    async def settle(self, patience: float) -> list[Sight]:
        """Wait at most `patience` seconds for a first sight, then until nothing follows for a moment."""
        until = time.monotonic() + patience
        while (left := until - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(self._news.wait(), min(left, QUIET) if self.seen else left)
            except TimeoutError:
                break
            self._news.clear()
        return self.seen


class Eyes:
    """Where the twins tell what became visible, and to whom."""

    def __init__(self) -> None:
        self._watches: list[Watch] = []

    def show(self, **sight: Any) -> None:
        """Something became visible: "user" (None: everybody in the place), "kind", and what."""
        for watch in self._watches:
            watch.notice(sight)

    @contextmanager
    def watching(self, wanted: Wanted) -> Iterator[Watch]:
        """Look on while the block runs."""
        watch = Watch(wanted)
        self._watches.append(watch)
        try:
            yield watch
        finally:
            self._watches.remove(watch)
