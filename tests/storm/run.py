"""One storm: a fresh house, all faults for a while, then calm until everything has drained, then the verdict."""

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import uvloop

from app.demo import house as houses
from app.demo.people import GROUP, MARA
from app.demo.run import unless_stopped
from app.embedded import Embedded, erase
from app.embedded.ground import place_of
from tests.journeys.people import TROUBLE, Team
from tests.journeys.stage import until
from tests.storm.crowd import CAP, Crowd, gathered
from tests.storm.house import Stormy, left_behind, standing
from tests.storm.shown import untrue
from tests.storm.verdict import Broken, judge
from tests.storm.weather import Weather

DRAINED_WITHIN = 75.0
"""Seconds of calm after which nothing may be on its way any more."""
BEAT_WITHIN = 30.0
"""Seconds of calm after which work goes round."""
FIRST_CARD = 60.0
BOUND = 330.0
"""Seconds that everything but the storm itself may take, on a busy machine: setting up, calm, verdict."""


@dataclass(frozen=True)
class Wish:
    seed: int
    seconds: float
    without: frozenset[str] = frozenset()
    mutant: str = ""
    keep: Path | None = None
    """Where the history of a failure is written."""

    def command(self) -> str:
        """Plays the same storm again."""
        more = "".join(f" --without '{name}'" for name in sorted(self.without))
        return f"python -m tests.storm --seed {self.seed} --seconds {self.seconds:g}{more}" + (
            f" --mutant {self.mutant}" if self.mutant else ""
        )


@dataclass
class Report:
    """What came of a storm."""

    wish: Wish
    broken: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)
    strikes: Counter[str] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    drained: float = 0.0
    beat: float = 0.0
    seconds: float = 0.0
    history: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.broken


def storm(wish: Wish, say: Callable[[str], None]) -> Report:
    """Blocking, in the main thread. Nothing is left behind."""
    begun = time.monotonic()
    report = Report(wish)
    home = Path(tempfile.mkdtemp(prefix="amarktai-storm-"))
    try:
        _in(home, wish, report, say)
    except TimeoutError:
        report.broken.append(f"it was not over {BOUND:.0f} s after the storm")
    finally:
        place = place_of(home)
        erase(home)
        shutil.rmtree(home, ignore_errors=True)
    left = left_behind(home) + left_behind(place)
    if left:
        report.broken.append(f"processes were left behind: {left}")
    report.seconds = time.monotonic() - begun
    if report.broken:
        _keep(report, say)
    return report


def _in(home: Path, wish: Wish, report: Report, say: Callable[[str], None]) -> None:
    quiet: Callable[[str], None] = lambda _: None  # noqa: E731
    plan = houses.enter(home, fresh=False, say=quiet)
    embedded = Embedded(plan.home, say=quiet)
    with contextlib.closing(plan):
        real = embedded.start()
        try:

            async def everything() -> None:
                asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, _show_tasks)
                async with (
                    asyncio.timeout(wish.seconds + BOUND),
                    standing(embedded, real, plan, wish.seed, wish.mutant, quiet) as house,
                    gathered(house, wish.seed) as crowd,
                ):
                    playing = _play(house, crowd, wish, report, say)
                    await unless_stopped(playing, house.supervisor)

            uvloop.run(everything())
        finally:
            embedded.stop()


async def _play(house: Stormy, crowd: Crowd, wish: Wish, report: Report, say: Callable[[str], None]) -> int:
    weather = Weather(house, crowd, wish.seed, wish.without)
    team = Team(house.twin, random.Random(f"{wish.seed} team"))
    for platform in ("x", "linkedin", "facebook"):  # their own refusal of duplicates would hide a second send
        await house.twin.post("knobs", **{f"{platform}.takes_duplicates": 1, f"{platform}.listing_lag": 1.0})
    # Telegram lets a bot write twenty messages a minute to a group: a storm would be over before its cards are drawn.
    await house.twin.post("telegram/kick", chat=GROUP)
    await house.twin.type(MARA, "batch now")
    await until(house.twin.cards, "the first card", patience=FIRST_CARD)
    say(f"seed {wish.seed}: the storm begins")
    answering = asyncio.create_task(team.answer_everything())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(crowd.plant(wish.seconds))
            group.create_task(weather.rage(wish.seconds))
        say(f"seed {wish.seed}: calm, after {weather.counts.total()} strikes")
        report.drained, report.beat = await asyncio.gather(_drain(house, crowd), _beat(house))
        answering.cancel()
        await asyncio.wait({answering})
        ledger = await house.twin.get("ledger")
        report.broken += await asyncio.to_thread(_verdict, house, crowd, team, ledger["entries"])
        report.broken += await untrue(house)
        if report.beat > BEAT_WITHIN:
            report.broken.append(f"work went round again only {report.beat:.0f} s after the last fault")
        report.figures, report.states = await asyncio.to_thread(_figures, house)
        return len(report.broken)
    finally:
        answering.cancel()
        report.figures["presses in chats"] = team.presses
        report.figures["answers"] = sum(crowd.did.values())
        report.figures["replies lost"] = house.database.dropped + house.broker.dropped
        report.strikes = weather.counts
        report.history = [*weather.history, *house.said, *map(str, crowd.did.items()), *team.shrugged]
        if report.broken:
            report.history += [*_rows(house), house.logs()]
            if ledger := await house.twin.get("ledger"):
                report.history += [json.dumps(one, ensure_ascii=False)[:600] for one in ledger["entries"]]


async def _drain(house: Stormy, crowd: Crowd) -> float:
    """Until nothing is on its way, or the time for it is over. Seconds that it took."""
    begun = time.monotonic()
    while (taken := time.monotonic() - begun) < DRAINED_WITHIN:
        try:
            waiting = await asyncio.to_thread(_waiting, house)
            await crowd.clear_up()
        except (*TROUBLE, psycopg.Error, OSError):
            waiting = 1
        if not waiting:
            break
        await asyncio.sleep(0.5)
    return taken


def _show_tasks() -> None:
    """Where everything waits, on standard error: for a storm that does not end."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)


async def _beat(house: Stormy) -> float:
    """Seconds until a heartbeat went through clock, broker, worker and database that began after the last fault."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < DRAINED_WITHIN:
        with contextlib.suppress(psycopg.Error, ValueError):
            if await asyncio.to_thread(_age, house) < time.monotonic() - begun:
                break
        await asyncio.sleep(0.3)
    return passed


def _age(house: Stormy) -> float:
    with psycopg.connect(house.superuser_url, autocommit=True, connect_timeout=3) as connection:
        [(age,)] = connection.execute(_BEAT).fetchall()
        return float(age)


def _waiting(house: Stormy) -> int:
    with psycopg.connect(house.superuser_url, autocommit=True, connect_timeout=3) as connection:
        [(count,)] = connection.execute(_WAITING).fetchall()
        assert isinstance(count, int)
        return count


def _verdict(house: Stormy, crowd: Crowd, team: Team, ledger: list[dict[str, Any]]) -> list[str]:
    with psycopg.connect(house.superuser_url, autocommit=True) as connection:
        limits = connection.execute(
            "SELECT platform, remote_id, 86400, posts_a_day FROM accounts WHERE posts_a_day = %s", (CAP,)
        ).fetchall()
        broken: list[Broken] = judge(connection, ledger, limits)
        approved = {row[0] for row in connection.execute(_EVER_APPROVED).fetchall()}
        numbers = {row[0] for row in connection.execute(_EVER_APPROVED_NUMBERS).fetchall()}
        undrawn = connection.execute(_UNDRAWN).fetchall()
    found = [str(one) for one in broken]
    if forgotten := crowd.promised - approved:
        found.append(f"people were told of approvals that nobody knows: {forgotten}")
    if forgotten_numbers := team.promised - numbers:
        found.append(f"chats showed approvals that nobody knows: {forgotten_numbers}")
    if undrawn:
        found.append(f"cards were not drawn: {undrawn[:5]}")
    return found


def _figures(house: Stormy) -> tuple[dict[str, int], dict[str, int]]:
    with psycopg.connect(house.superuser_url, autocommit=True) as connection:
        figures = dict(connection.execute(_FIGURES).fetchall())
        states = dict(connection.execute("SELECT state, count(*) FROM posts GROUP BY state ORDER BY state").fetchall())
    return figures, states


def _rows(house: Stormy) -> list[str]:
    with contextlib.suppress(psycopg.Error), psycopg.connect(house.superuser_url, autocommit=True) as connection:
        return [str(row) for statement in _TOLD for row in connection.execute(statement).fetchall()]
    return ["the database does not answer"]


def _keep(report: Report, say: Callable[[str], None]) -> None:
    """Seed, history and the command that plays it again."""
    folder = report.wish.keep or Path(os.environ.get("TMPDIR", tempfile.gettempdir()))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"storm-{report.wish.seed}{'-' + report.wish.mutant if report.wish.mutant else ''}.log"
    file.write_text("\n".join([report.wish.command(), *report.broken, *report.history, ""]))
    say(f"history: {file}\nreplay:  {report.wish.command()}")


_WAITING = """
SELECT ((SELECT count(*) FROM posts WHERE state IN ('publishing', 'unknown', 'planned', 'drafted', 'needs_human', 'held')
           OR (state IN ('approved', 'retry_wait', 'in_review') AND next_at < now() + interval '10 minutes'))
      + (SELECT count(*) FROM parts WHERE state IN ('claimed', 'unknown') OR (state = 'waiting' AND next_at IS NOT NULL))
      + (SELECT count(*) FROM batches WHERE next_at < now() + interval '10 minutes')
      + (SELECT count(*) FROM cards c JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id
         WHERE c.undrawn AND h.gone_reason IS NULL))::integer
"""
_UNDRAWN = """
SELECT h.surface, c.kind, c.wanted, c.drawn, c.tries, c.last_error FROM cards c
JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id WHERE c.undrawn AND h.gone_reason IS NULL
"""
_EVER_APPROVED = "SELECT DISTINCT post_id FROM decisions WHERE applied AND decision = 'approve'"
_EVER_APPROVED_NUMBERS = """
SELECT DISTINCT p.number FROM decisions d JOIN posts p ON p.workspace_id = d.workspace_id AND p.id = d.post_id
WHERE d.applied AND d.decision = 'approve'
"""
_BEAT = "SELECT extract(epoch FROM clock_timestamp() - beat_at)::float8 AS age FROM heartbeats WHERE name = 'work'"
_FIGURES = """
SELECT 'posts', count(*) FROM posts
UNION ALL SELECT 'published', count(*) FROM posts WHERE state = 'published'
UNION ALL SELECT 'attempts', count(*) FROM attempts
UNION ALL SELECT 'ambiguous attempts', count(DISTINCT (a ->> 'id')) FROM audit_events e, jsonb_array_elements(e.body::jsonb) a
    WHERE e.what = 'attempts:update' AND a ->> 'outcome' = 'unknown' AND a ->> 'sent_at' IS NOT NULL
UNION ALL SELECT 'crashed before sending', count(*) FROM attempts WHERE detail = 'The worker stopped before it sent anything.'
UNION ALL SELECT 'parts', count(*) FROM parts
UNION ALL SELECT 'late results', count(*) FROM late_results
UNION ALL SELECT 'people were asked', count(*) FROM transitions WHERE event = 'ask'
"""
_TOLD = (
    """SELECT number, id::text, state, revision_n, fence, slot::text, next_at::text, trouble, remote_id, handles::text,
           left(r.text, 60)
       FROM posts p JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n ORDER BY number""",
    """SELECT post_id::text, part, fence, platform, worker, intent_at::text, sent_at::text, ended_at::text,
           lease_until::text, outcome, detail
       FROM attempts ORDER BY intent_at""",
    "SELECT post_id::text, step, old, event, new, at::text FROM transitions ORDER BY at",
    "SELECT post_id::text, n, kind, state, next_at::text, trouble, remote_id FROM parts",
    "SELECT scope, scope_id::text, started_at::text, ended_at::text FROM pauses",
)
