"""Whatever is killed while people decide and posts go out, nothing is lost and nothing goes out twice."""

import asyncio
import contextlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import psycopg
import pytest
import redis

from app.demo.people import CHANNEL, CHIYO, MARA, TELEGRAM, Sandbox
from tests.journeys.conftest import Running
from tests.journeys.conftest import start_house as start_house  # noqa: PLC0414 - fixtures
from tests.journeys.conftest import table as table  # noqa: PLC0414
from tests.journeys.people import TROUBLE, Team
from tests.journeys.stage import children, kill, rows, until

SEED = int(os.environ.get("KILLS_SEED", "20261122"))
GUSTS: tuple[tuple[tuple[str, int], ...], ...] = (
    (("worker", 14), ("web", 2), ("clock", 2), ("valkey", 2), ("postgres", 2), ("all keys", 2)),
    (("web", 6), ("clock", 7), ("valkey", 5), ("postgres", 4), ("all keys", 6)),
)
"""Who is killed how often: first while posts go out, then, while the claims of killed workers run out, all but workers."""
PAUSE = (0.2, 1.2)
"""Between two kills, in seconds."""
BUSY = {"sending", "claimed", "writing", "drawing"}
LOOKS = 20
"""So often a killer of workers looks for one in the middle of something before it strikes anyway."""
SLOW = {"fault": "slow", "probability": 0.5, "seconds": 1.0, "seed": SEED}
"""Half of all posts take a second to be accepted, so that kills fall into sends."""
OTHER_WORK, CLAIMED_POST = 30.0, 75.0
"""Seconds after the last kill by which work goes round, and by which every post has come to rest."""

AT_REST = {"published", "scheduled", "rejected", "expired", "dropped"}
"""Scheduled: edited after its slot had passed, so it goes out at the next one, hours from now."""
SENT = {"published", "scheduled"}
WORDS = {
    "published": "Published ·",
    "approved": "pproved by",
    "rejected": "Rejected by",
    "expired": "system: deadline",
    "dropped": "ropped",
}
"""What a card says in each state in which a post comes to rest."""

POINT = """
SELECT CASE
    WHEN EXISTS (SELECT FROM posts WHERE state = 'publishing' AND sending) THEN 'sending'
    WHEN EXISTS (SELECT FROM posts WHERE state = 'publishing') THEN 'claimed'
    WHEN EXISTS (SELECT FROM posts WHERE state IN ('unknown', 'retry_wait', 'needs_human')) THEN 'clearing up'
    WHEN EXISTS (SELECT FROM batches WHERE lease_until > now())
      OR EXISTS (SELECT FROM posts WHERE state = 'planned' AND lease_until > now()) THEN 'writing'
    WHEN EXISTS (SELECT FROM chats WHERE lease_until > now()) THEN 'drawing'
    ELSE 'quiet' END AS point
"""
POSTS = """
SELECT p.number, CASE WHEN p.state = 'approved' AND p.slot > now() + interval '5 minutes' THEN 'scheduled' ELSE p.state END AS state,
       p.remote_id, p.slot, r.text
FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n ORDER BY p.number
"""
CARDS = """
SELECT h.chat_ref, c.message_ref, c.drawn, c.wanted, p.number, p.state FROM cards c
JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id
JOIN posts p ON p.workspace_id = c.workspace_id AND p.id = c.post_id
WHERE h.gone_reason IS NULL
"""
ANSWERS = """
SELECT DISTINCT ON (p.number) p.number, d.decision FROM decisions d
JOIN posts p ON p.workspace_id = d.workspace_id AND p.id = d.post_id WHERE d.applied ORDER BY p.number, d.at DESC
"""
"""The last answer that each post was given: somebody may well edit or reject what somebody else approved before its slot."""
EVER_APPROVED = """
SELECT DISTINCT p.number FROM decisions d JOIN posts p ON p.workspace_id = d.workspace_id AND p.id = d.post_id
WHERE d.applied AND d.decision = 'approve'
"""
UNDRAWN = """
SELECT h.surface, h.lease_by, h.lease_until::text, h.parked_until::text, h.gone_reason,
       c.kind, c.message_ref, c.wanted, c.drawn, c.tries, c.last_error, c.next_try_at::text, now()::text AS now
FROM cards c JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id WHERE c.undrawn
"""
BEAT = "SELECT extract(epoch FROM clock_timestamp() - beat_at)::float8 AS age FROM heartbeats WHERE name = 'work'"


@dataclass
class Storm:
    """Kills, one after the other, with what was going on at that moment."""

    house: Running
    dice: random.Random
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0

    async def rage(self) -> None:
        begun = time.monotonic()
        for gust in GUSTS:
            victims = [name for name, count in gust for _ in range(count)]
            for victim in self.dice.sample(victims, len(victims)):
                await asyncio.sleep(self.dice.uniform(*PAUSE))
                await self._strike(victim)
        self.seconds = time.monotonic() - begun

    async def _strike(self, victim: str) -> None:
        if victim == "all keys":
            point = await asyncio.to_thread(self._point)
            await until(self._flush, "Valkey to take FLUSHALL", patience=20)
        else:
            pid = await until(lambda: self._find(victim), f"a living {victim}", patience=40, pause=0.05)
            point = await asyncio.to_thread(self._point)
            for _ in range(LOOKS if victim == "worker" and point not in BUSY else 0):
                point = await asyncio.to_thread(self._point)
                if point in BUSY:
                    break
            kill(pid)
        self.kills[victim, point] += 1

    def _find(self, victim: str) -> int | None:
        found = [pid for pid, kind in children(self.house.pid).items() if kind == victim]
        return self.dice.choice(sorted(found)) if found else None

    def _flush(self) -> bool:
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(self.house.redis, socket_timeout=2) as client:
            return bool(client.flushall())
        return False

    def _point(self) -> str:
        try:
            return str(rows(self.house.database, POINT)[0]["point"])
        except (psycopg.Error, IndexError):
            return "database away"

    def table(self) -> str:
        """Kills by process (down) and by what was going on (across)."""
        points = sorted({point for _, point in self.kills})
        lines = [f"{'killed':<12}" + "".join(f"{point:>15}" for point in points) + f"{'all':>8}"]
        for victim in dict(pair for gust in GUSTS for pair in gust):
            counts = [self.kills[victim, point] for point in points]
            lines.append(f"{victim:<12}" + "".join(f"{count:>15}" for count in counts) + f"{sum(counts):>8}")
        return "\n".join([*lines, f"{'together':<12}" + f"{self.kills.total():>{15 * len(points) + 8}}"])


@pytest.mark.timeout(200)
async def test_after_any_kill_every_approved_post_is_on_its_platform_exactly_once(
    start_house: Callable[..., Running], table: Callable[[str], None]
) -> None:
    house = start_house(lead=18, spacing=1.5, posts_a_day=4)
    storm = Storm(house, random.Random(SEED))
    async with httpx.AsyncClient(timeout=15, trust_env=False) as client:
        twin = Sandbox(house.sandbox, client)
        team = Team(twin, random.Random(SEED + 1))
        for platform in ("x", "linkedin"):
            await twin.post("faults", target=f"{platform}.posts", **SLOW)
            # Their own refusal of duplicates would hide a second send.
            await twin.post("knobs", **{f"{platform}.takes_duplicates": 1})
        await twin.type(MARA, "batch now")
        answering = asyncio.create_task(team.answer_everything())
        await until(lambda: len(rows(house.database, EVER_APPROVED)) >= 4, "the first approvals")
        try:
            await storm.rage()
            figures = await _calm(house, team)
        except AssertionError as error:
            raise AssertionError(
                f"{error}\n{storm.table()}\n{_state(house)}\n{team.shrugged}\n{house.logs()}"
            ) from error
        finally:
            answering.cancel()
            await asyncio.wait({answering})
        await _everything_is_right(house, team)
    assert storm.kills.total() >= 50
    states = Counter(post["state"] for post in rows(house.database, POSTS))
    told = f"{len(team.promised)} approvals shown, {team.presses} answers, seed {SEED}"
    table(f"{storm.table()}\nin {storm.seconds:.0f} s; {figures}; {told}; posts: {dict(states)}")


async def _calm(house: Running, team: Team) -> str:
    """Wait until everything has come to rest. Returns how long that took."""
    begun = time.monotonic()

    def beats() -> bool:
        with contextlib.suppress(psycopg.Error, IndexError):
            return float(rows(house.database, BEAT)[0]["age"]) < time.monotonic() - begun
        return False

    await until(beats, "a heartbeat that began after the last kill", patience=OTHER_WORK)
    beat = time.monotonic() - begun

    async def rests() -> bool:
        posts = rows(house.database, POSTS)
        known = {post["remote_id"] for post in posts if post["remote_id"]}
        for post in posts:
            if post["state"] == "needs_human":
                try:
                    await team.clear_up(post["number"], post["text"], known)
                except TROUBLE as trouble:
                    team.shrugged.append(f"#{post['number']}: {trouble}"[:300])
        return bool(posts) and all(post["state"] in AT_REST for post in posts)

    await until(rests, "every post at rest", patience=CLAIMED_POST, pause=0.5)
    posts = time.monotonic() - begun
    await until(
        lambda: all(card["drawn"] == card["wanted"] for card in rows(house.database, CARDS)),
        "every card drawn",
        patience=60,
    )
    return f"after the last kill: work went round after {beat:.1f} s, posts at rest after {posts:.1f} s"


async def _everything_is_right(house: Running, team: Team) -> None:
    posts = {post["number"]: post for post in rows(house.database, POSTS)}
    accepted = [
        entry["rid"]
        for platform in ("x", "linkedin")
        for entry in await team.twin.ledger(platform)
        if entry["effect"] == "post"
    ]
    published = {post["remote_id"] for post in posts.values() if post["state"] == "published"}
    assert Counter(accepted) == Counter(published), "the platforms have each published post exactly once, and no other"
    ever = {row["number"] for row in rows(house.database, EVER_APPROVED)}
    assert team.promised <= ever, "what people were told is written down"
    approved = {row["number"] for row in rows(house.database, ANSWERS) if row["decision"] == "approve"}
    lost = {number: posts[number]["state"] for number in approved if posts[number]["state"] not in SENT}
    assert not lost, f"approvals that did not lead to a post: {lost}"
    assert len(published) >= 4, f"only {published} were published: too few to mean anything"
    await _cards_show_the_rows(house, team.twin)


async def _cards_show_the_rows(house: Running, twin: Sandbox) -> None:
    slack = await twin.get("slack/messages", channel=CHANNEL)
    telegram = await twin.get("telegram/messages", chat=TELEGRAM[CHIYO])
    seen = {(CHANNEL, message["ts"]): json.dumps(message, ensure_ascii=False) for message in slack["messages"]}
    for entry in telegram["messages"]:
        seen[str(TELEGRAM[CHIYO]), str(entry["message_id"])] = json.dumps(entry["message"], ensure_ascii=False)
    for card in rows(house.database, CARDS):
        shown = seen[card["chat_ref"], card["message_ref"]]
        assert f"#{card['number']}" in shown, f"{card}: {shown}"
        assert WORDS[card["state"]] in shown, f"#{card['number']} is {card['state']}: {shown[:900]}"


def _state(house: Running) -> str:
    with contextlib.suppress(psycopg.Error):
        posts = [str({**post, "slot": "", "text": post["text"][:30]}) for post in rows(house.database, POSTS)]
        return "\n".join([*posts, *(str(row) for row in rows(house.database, UNDRAWN))])
    return "the database does not answer"
