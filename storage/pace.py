"""Pace: spaces calls to a chat over all processes by GCRA in Valkey, on Valkey's own clock. Without Valkey, within the process.

`burst` at once and then `per_minute`: in any minute at most burst + per_minute calls, so choose them to stay within the limit.
"""

import asyncio
from collections import defaultdict

import redis.asyncio as redis
import structlog

from domain.publishing import Reads

log = structlog.get_logger(__name__)

_RESERVE = """
local at = redis.call('TIME')
local now = at[1] * 1000 + math.floor(at[2] / 1000)
local gap = tonumber(ARGV[1])
local slack = gap * (tonumber(ARGV[2]) - 1)
local planned = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = math.max(planned - slack - now, 0)
if wait <= tonumber(ARGV[3]) then
    redis.call('SET', KEYS[1], planned + gap, 'PX', math.ceil(planned + gap - now + slack))
end
return math.ceil(wait)
"""


_READ = """
local at = redis.call('TIME')
local now = at[1] * 1000 + at[2] / 1000
local gap, slack = tonumber(ARGV[1]), tonumber(ARGV[1]) * (tonumber(ARGV[2]) - 1)
local born = tonumber(redis.call('GET', KEYS[2]))
if not born then
    born = now
    redis.call('SET', KEYS[2], string.format('%.3f', now))
end
local known = redis.call('GET', KEYS[1])
local rested = now - born >= tonumber(ARGV[3]) and now or now + slack + gap
local planned = known and math.max(tonumber(known), now) or rested
local wait = math.max(planned - slack - now, 0)
if wait == 0 then
    planned = planned + gap
end
if wait == 0 or not known then
    redis.call('SET', KEYS[1], string.format('%.3f', planned), 'PX', math.ceil(planned - now + slack) + 86400000)
end
return math.ceil(wait)
"""
"""What Valkey does not know it may have forgotten: then nothing may be read for a moment, and no burst is left. Once it remembers
for longer than the platform's window reaches back, an account that it does not know was not read in it: the whole burst is left."""
BORN = "reads: remembered since"

SHARE = 8
"""Without Valkey each process takes so small a part of what an account may be read: eight of them stay within the limit."""


class ValkeyPace:
    """Fulfils `pipeline.ports.Pace`. A reservation that would have to wait longer than `patience` seconds is not made."""

    def __init__(self, url: str, *, patience: float = 5.0) -> None:
        self._client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
        self._script = self._client.register_script(_RESERVE)
        self._read = self._client.register_script(_READ)
        self._patience = patience
        self._planned: dict[str, float] = defaultdict(float)

    async def reserve(self, key: str, *, burst: int, per_minute: float, spare: bool = False) -> float:
        """Seconds to wait before the call. Longer than the patience: come back then, nothing was reserved.

        With `spare` there is no patience, and one place of the burst stays free.
        """
        gap = 60_000 / per_minute
        burst, patience = (max(burst - 1, 1), 0.0) if spare else (burst, self._patience)
        try:
            wait: int = await self._script(keys=[f"pace:{key}"], args=[gap, burst, patience * 1000])
        except redis.RedisError as error:
            log.warning("no pace from Valkey; pacing within this process", error=str(error))
            return self._reserve_alone(key, burst, gap / 1000, patience)
        return wait / 1000

    async def room(self, key: str, reads: Reads) -> float:
        """0: the account may be read now, which is counted. Else nothing was; ask again in so many seconds.

        Fails safe: without Valkey, and after it forgot everything, fewer reads than allowed are made, never more.
        """
        try:
            wait: int = await self._read(
                keys=[f"reads:{key}", BORN], args=[reads.gap * 1000, reads.burst, reads.seconds * 1000]
            )
        except redis.RedisError as error:
            log.warning("no pace from Valkey; reading less within this process", error=str(error))
            return self._reserve_alone(f"reads:{key}", 1, reads.gap * SHARE, 0.0)
        return wait / 1000

    async def never_read(self, key: str) -> None:
        """An account that was just connected for the first time: its whole burst is left. One that is known stays as it is."""
        try:
            await self._client.set(f"reads:{key}", 1, nx=True, px=86_400_000)
        except redis.RedisError as error:
            log.warning("Valkey was not told of a new account; it is read slowly at first", error=str(error))

    def _reserve_alone(self, key: str, burst: int, gap: float, patience: float) -> float:
        now = asyncio.get_running_loop().time()
        planned = max(self._planned[key], now)
        wait = max(planned - gap * (burst - 1) - now, 0.0)
        if wait <= patience:
            self._planned[key] = planned + gap
        return wait

    async def close(self) -> None:
        await self._client.aclose()
