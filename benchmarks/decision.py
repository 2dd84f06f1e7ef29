"""The decision path: a signed click becomes a committed decision, while cards are drawn again; against a floor and a peer."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import redis

from app.processes import wait_until_answers
from benchmarks.clicks import click
from benchmarks.figures import Figure, at_least, at_most, figure, percentile, ratios
from benchmarks.load import Outcome, drive
from benchmarks.ours import opened
from benchmarks.planting import Place, Planter, make_places
from benchmarks.processes import cpu_seconds
from benchmarks.stage import Scene, Stage, free_port
from pipeline.broker import APART_SECONDS, Hints, make_broker

TITLE = "Decision path: signed Slack click → committed decision → 200, 8 workspaces, card redraws running"
WORKSPACES, CONNECTIONS = 8, 32
SECONDS = 4.0
"""Each load lasts so long, or until its clicks are used up."""
OURS, FLOOR, PEER = "product", "floor", "Bolt + ORM"


@dataclass
class Contender:
    """A server under load, and what came of each repetition."""

    name: str
    port: int
    pid: int
    clicks: int
    rates: list[float] = field(default_factory=list)
    crowded: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    alone_late: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


async def run(stage: Stage, quick: bool) -> list[Figure]:
    scene = stage.scene()
    places = await make_places(scene, WORKSPACES)
    repetitions = 1 if quick else 5
    with _contenders(scene, quick) as contenders:
        for contender in contenders:
            await wait_until_answers(f"http://127.0.0.1:{contender.port}/health/live")
        field_ = _Field(scene, places, 8 if quick else 64)
        for contender in contenders:  # warms pools, prepared statements and caches; not counted
            await field_.crowd(contender, 64)
        for contender in contenders:
            contender.rates, contender.crowded, contender.cpu = [], [], []
        for repetition in range(repetitions):
            for n in range(len(contenders)):
                contender = contenders[(n + repetition) % len(contenders)]
                await field_.crowd(contender, contender.clicks)
                await field_.single(contender)
        field_.prove_consistent()
        return _figures(contenders, field_.given)


@contextlib.contextmanager
def _contenders(scene: Scene, quick: bool) -> Iterator[list[Contender]]:
    """The three servers; and behind them all, a worker and a clock that draw cards into a chat which takes everything."""
    ports = {name: free_port() for name in (OURS, FLOOR, PEER)}
    with opened(scene) as ours:
        ours.start("worker")
        ours.start("clock")
        pids = {
            OURS: ours.start("web", "--port", str(ports[OURS])),
            FLOOR: ours.program("floor", "amarktai_web", "-m", "benchmarks.floor", str(ports[FLOOR])),
            PEER: ours.program("peer", "amarktai_web", "-m", "benchmarks.orm_style", str(ports[PEER])),
        }
        count = 80 if quick else 1600
        yield [Contender(name, ports[name], pids[name], count // 5 if name == PEER else count) for name in pids]


@dataclass
class _Field:
    """Plants posts, has them clicked, and proves afterwards that every click had exactly one effect."""

    scene: Scene
    places: Sequence[Place]
    alone: int
    given: int = 0

    def __post_init__(self) -> None:
        self._planter = Planter(self.scene)

    async def crowd(self, contender: Contender, count: int) -> None:
        """A closed loop of 32 connections, every click another post."""
        requests = await self._fresh(count)
        before = cpu_seconds(contender.pid)
        async with self._redraws(contender):
            outcome = await drive(contender.port, requests, CONNECTIONS, SECONDS)
        self._count(contender, outcome)
        contender.rates.append(outcome.a_second)
        contender.crowded.append(percentile(outcome.latencies, 0.99) * 1e3)
        contender.cpu.append((cpu_seconds(contender.pid) - before) / len(outcome.statuses) * 1e6)

    async def single(self, contender: Contender) -> None:
        """One connection: the latency of a service that nobody else uses."""
        requests = await self._fresh(self.alone)
        async with self._redraws(contender):
            outcome = await drive(contender.port, requests, 1, SECONDS)
        self._count(contender, outcome)
        contender.alone.append(percentile(outcome.latencies, 0.5) * 1e3)
        contender.alone_late.append(percentile(outcome.latencies, 0.99) * 1e3)

    async def _fresh(self, count: int) -> list[bytes]:
        with self.scene.superuser() as connection:
            connection.execute("UPDATE cards SET drawn = wanted WHERE undrawn")
        share = -(-count // len(self.places))
        posts = [post for place in self.places for post in self._planter.in_review(place, share)]
        random.shuffle(posts)
        requests = [click(post) for post in posts[:count]]
        await self._quiet()
        return requests

    async def _quiet(self) -> None:
        """Nobody works off the hints of the last run: forgotten hints cost no work, which is a promise of its own.

        What the chats have been sent lately is remembered: forgetting it would give each run a burst that no chat allows.
        """
        with contextlib.closing(redis.Redis.from_url(self.scene.redis_url)) as client:
            forgotten = [key for key in client.scan_iter() if not key.startswith(b"pace:")]
            if forgotten:
                client.delete(*forgotten)
        await asyncio.sleep(0.3)

    @contextlib.asynccontextmanager
    async def _redraws(self, contender: Contender) -> AsyncIterator[None]:
        """The worker draws the cards of every contender's clicks meanwhile; who does not hint at it has it done for them."""
        if contender.name == OURS:
            yield
            return
        task = asyncio.create_task(self._hint_for_ever())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _hint_for_ever(self) -> None:
        hints = Hints(make_broker(self.scene.redis_url))
        try:
            while True:
                for place in self.places:
                    hints("redraw", place.workspace_id, place.workspace_id)
                hints("due", None, None)
                await asyncio.sleep(APART_SECONDS)
        finally:
            hints.close()

    def _count(self, contender: Contender, outcome: Outcome) -> None:
        assert outcome.all_good, f"{contender.name} answered {set(outcome.statuses)}"
        self.given += len(outcome.statuses)

    def prove_consistent(self) -> None:
        """Decisions, effects, inbox and audited moves are as many as the clicks that were answered."""
        with self.scene.superuser() as connection:
            for name, statement in COUNTS.items():
                row = connection.execute(statement).fetchone()
                assert row is not None
                assert row[0] == self.given, f"{name}: {row[0]} of {self.given} clicks"


COUNTS = {
    "decisions": "SELECT count(*) FROM decisions WHERE applied AND outcome = 'applied'",
    "applied": "SELECT count(*) FROM posts WHERE state = 'approved' AND approval_id IS NOT NULL",
    "inbox": "SELECT count(*) FROM inbox WHERE source = 'slack'",
    "audited moves": """
        SELECT count(*) FROM audit_events e
        JOIN audit_chain c ON c.workspace_id = e.workspace_id AND c.event_id = e.id, jsonb_array_elements(e.body::jsonb) moved
        WHERE e.what = 'posts:move' AND moved ->> 'event' = 'approve'
    """,
}


def _figures(contenders: Sequence[Contender], given: int) -> list[Figure]:
    by_name = {contender.name: contender for contender in contenders}
    ours, floor, peer = by_name[OURS], by_name[FLOOR], by_name[PEER]
    lines = [
        figure("requests a second, 32 connections, against the floor", ratios(ours.rates, floor.rates), "×", at_least(0.7)),
        figure("requests a second, 32 connections, against Bolt + ORM", ratios(ours.rates, peer.rates), "×", at_least(5)),
        figure("p50 at 1 connection, against the floor", ratios(ours.alone, floor.alone), "×", at_most(1.5)),
    ]  # fmt: skip
    for one in contenders:
        lines += [
            figure(f"{one.name}: requests a second, 32 connections", one.rates, "/s"),
            figure(f"{one.name}: p99, 32 connections", one.crowded, "ms"),
            figure(f"{one.name}: processor time a click", one.cpu, "µs"),
            figure(f"{one.name}: p50, 1 connection", one.alone, "ms"),
            figure(f"{one.name}: p99, 1 connection", one.alone_late, "ms"),
        ]
    note = f"{given} clicks = decisions = approved posts = inbox = audited moves, all contenders together"
    return [*lines, figure("clicks counted afterwards", [given], "", None, note)]
