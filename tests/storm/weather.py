"""The weather: what falls upon the house, when, and on whom. The same seed makes the same plan."""

import asyncio
import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import redis

from app.demo.people import WentWrong
from tests.storm.child import LEASE
from tests.storm.crowd import Crowd
from tests.storm.house import CLOCKS, OURS, WORKERS, Stormy

Strike = Callable[["Weather", random.Random], Awaitable[str]]
MEAN_PAUSE = 0.8
"""Seconds between two strikes, on average."""
LONGEST_CUT = 20.0
LINGER = 20
"""Seconds for which the platforms' faults outlast the storm, at most."""

PLATFORM_FAULTS = (
    ("accept_then_500", 0.10, 0.0),
    ("accept_then_close", 0.10, 0.0),
    ("accept_late", 0.06, 1.0),
    ("accept_then_hang", 0.03, 30.0),
    ("malformed_2xx", 0.05, 0.0),
    ("reject_5xx", 0.05, 0.0),
    ("close", 0.05, 0.0),
    ("429", 0.02, 0.0),
    ("slow", 0.30, 0.8),
)
"""(fault, share of all posts, seconds)."""
TARGETS = ("x.posts", "linkedin.posts", "facebook.publish", "instagram.media_publish", "facebook.comments")
CHAT_FAULTS = (
    ("slack.chat.postMessage", "accept_then_500", 0.05),
    ("slack.chat.update", "429", 0.05),
    ("slack.views.open", "reject_5xx", 0.05),
    ("telegram.sendMessage", "accept_then_close", 0.05),
    ("telegram.editMessageText", "close", 0.05),
)


@dataclass
class Weather:
    """Strikes until told to stop, and remembers each."""

    house: Stormy
    crowd: Crowd
    seed: int
    without: frozenset[str] = frozenset()
    counts: Counter[str] = field(default_factory=Counter)
    history: list[str] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)
    _under_way: set[asyncio.Task[Any]] = field(default_factory=set)

    def note(self, what: str) -> None:
        self.history.append(f"{time.monotonic() - self._begun:7.2f}  {what}")

    async def rage(self, seconds: float) -> None:
        """All nemeses, for so long; then whatever they still do is undone."""
        dice = random.Random(f"{self.seed} weather")
        names = [name for name in STRIKES if name not in self.without]
        weights = [STRIKES[name][0] for name in names]
        end = time.monotonic() + seconds
        if "platform faults" not in self.without:
            await self._arm()
        while time.monotonic() < end:
            await asyncio.sleep(min(dice.expovariate(1 / MEAN_PAUSE), 4 * MEAN_PAUSE))
            [name] = dice.choices(names, weights)
            what = await STRIKES[name][1](self, random.Random(dice.random()))
            if what:
                self.counts[name] += 1
                self.note(f"{name}: {what}")
        await self._calm()

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _arm(self) -> None:
        for target in TARGETS:
            for fault, share, seconds in PLATFORM_FAULTS:
                await self._fault(target, fault, share, seconds or None)
        for target, fault, share in CHAT_FAULTS:
            await self._fault(target, fault, share, None)

    async def _fault(self, target: str, fault: str, share: float, seconds: float | None) -> None:
        wish = {"target": target, "fault": fault, "probability": share, "seed": f"{self.seed} {target} {fault}"}
        if seconds is not None:
            wish["seconds"] = seconds
        await self.house.twin.post("faults", **wish, retry_after=2)

    async def _calm(self) -> None:
        """No fault is left: everything that sleeps wakes, every line is whole, every clock is right."""
        self.note("calm")
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for name in OURS:
            self.house.send(name, signal.SIGCONT)
            self.house.clock_of(name).write_text("0")
        self.house.database.heal()
        self.house.broker.heal()
        for _ in range(
            LINGER
        ):  # the platforms recover last: what fell due in the storm meets their faults on a slow machine, too
            if not await asyncio.to_thread(self._unsent):
                break
            await asyncio.sleep(1)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError, WentWrong):
                answer = await self.house.client.delete(f"{self.house.plan.sandbox}/_sandbox/faults")
                if answer.is_success:
                    return
            await asyncio.sleep(0.2)

    def _unsent(self) -> bool:
        """Whether posts are about to be sent for the first time."""
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(self.house.superuser_url, autocommit=True, connect_timeout=2) as connection,
        ):
            return bool(connection.execute(_UNSENT).fetchone())
        return True


def _signalled(*names: str, number: signal.Signals = signal.SIGKILL) -> Strike:
    async def strike(weather: Weather, dice: random.Random) -> str:
        name = dice.choice(names)
        return name if weather.house.send(name, number) else ""

    return strike


async def _freeze(weather: Weather, dice: random.Random) -> str:
    """SIGSTOP: at most twice the lease, so that a worker wakes up whose claim is gone."""
    name = dice.choice((*WORKERS, *WORKERS, *OURS))
    seconds = dice.uniform(0.3, 2 * LEASE) if name in WORKERS else dice.uniform(0.3, 4.0)
    pid = weather.house.pid(name)
    if pid is None or not weather.house.send(name, signal.SIGSTOP):
        return ""

    async def wake() -> None:
        try:
            await asyncio.sleep(seconds)
        finally:
            if weather.house.pid(name) == pid:
                weather.house.send(name, signal.SIGCONT)

    weather.later(wake())
    return f"{name} for {seconds:.1f} s"


async def _flush(weather: Weather, _: random.Random) -> str:
    def flush() -> bool:
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(_direct(weather), socket_timeout=2) as client:
            return bool(client.flushall())
        return False

    return "everything" if await asyncio.to_thread(flush) else ""


def _direct(weather: Weather) -> str:
    url, port = weather.house.servers.redis_url, weather.house.broker
    return url.replace(f":{port.port}/", f":{port.target}/")


async def _terminate(weather: Weather, dice: random.Random) -> str:
    """Some of the connections of the product are ended by the server."""

    def terminate() -> int:
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(weather.house.superuser_url, autocommit=True, connect_timeout=2) as connection,
        ):
            return connection.execute(_TERMINATE, {"share": dice.uniform(0.2, 0.8)}).rowcount
        return 0

    ended = await asyncio.to_thread(terminate)
    return f"{ended} connections" if ended else ""


async def _drop_commit(weather: Weather, _: random.Random) -> str:
    """The next commit is done, and nobody hears of it."""
    weather.house.database.drop_reply(b"COMMIT\0")
    return "the reply to a commit"


async def _drop_any(weather: Weather, dice: random.Random) -> str:
    where, line = dice.choice((("database", weather.house.database), ("broker", weather.house.broker)))
    line.drop_reply(b"")
    return f"a reply of the {where}"


async def _cut(weather: Weather, dice: random.Random) -> str:
    where, line, longest = dice.choice(
        (("database", weather.house.database, 6.0), ("broker", weather.house.broker, LONGEST_CUT))
    )
    seconds = min(dice.expovariate(0.25), longest)
    line.cut(seconds)
    return f"{where} for {seconds:.1f} s"


async def _skew(weather: Weather, dice: random.Random) -> str:
    name, seconds = dice.choice(OURS), dice.uniform(-120, 120)
    weather.house.clock_of(name).write_text(f"{seconds:.1f}")
    return f"{name} by {seconds:+.0f} s"


async def _jump(weather: Weather, dice: random.Random) -> str:
    """The web process keeps to its minutes: Slack's signatures name the time, and a day beside it nothing is genuine."""
    name, days = dice.choice((*WORKERS, *CLOCKS)), dice.choice((-1, 1))
    weather.house.clock_of(name).write_text(f"{days * 86_400}")
    return f"{name} by {days:+d} day"


async def _revoke(weather: Weather, dice: random.Random) -> str:
    weather.later(weather.crowd.revoke_and_grant(dice.uniform(0.5, 3)))
    return "a reviewer's right, for a moment"


async def _pause(weather: Weather, dice: random.Random) -> str:
    weather.later(weather.crowd.pause_and_resume(dice.uniform(0.5, 2)))
    return "publishing, for a moment"


STRIKES: dict[str, tuple[float, Strike]] = {
    "kill -9 of a worker": (9, _signalled(*WORKERS)),
    "kill -9 of another process": (4, _signalled("web", *CLOCKS)),
    "freeze": (5, _freeze),
    "immediate restart of PostgreSQL": (1.5, _signalled("postgresql", number=signal.SIGQUIT)),
    "connections terminated": (2, _terminate),
    "FLUSHALL": (2.5, _flush),
    "kill -9 of Valkey": (1.5, _signalled("valkey")),
    "reply to a commit lost": (3, _drop_commit),
    "reply lost": (2, _drop_any),
    "line cut": (1.5, _cut),
    "clock skewed": (2, _skew),
    "clock jumped": (1.5, _jump),
    "deploy": (2, _signalled(*WORKERS, "web", *CLOCKS, number=signal.SIGTERM)),
    "right revoked": (1, _revoke),
    "pause": (1, _pause),
}
"""By name: how often, in proportion to the others, and what it does. What it returns stands in the history; "": it missed."""

_TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE usename IN ('amarktai_web', 'amarktai_worker') AND pid <> pg_backend_pid() AND random() < %(share)s
"""
_UNSENT = """
SELECT 1 FROM posts p WHERE p.state IN ('approved', 'publishing') AND p.next_at < now() + interval '10 s'
    AND NOT EXISTS (SELECT FROM attempts t WHERE t.workspace_id = p.workspace_id AND t.post_id = p.id AND t.sent_at IS NOT NULL)
"""
