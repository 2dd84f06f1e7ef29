"""The drill: a database that came back, or was copied, publishes nothing until somebody has cleared up what it forgot."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from pydantic import SecretStr

from app.backup import backup, restore
from app.embedded import Embedded, erase
from app.logins import url_of
from app.migrate import migrate
from app.operate import accept_restore, verify_audit
from app.settings import Settings
from domain.decision import Decision
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import Publisher
from pipeline.anchor import anchor
from pipeline.publish import publish
from storage.anchors import AnchorFile
from storage.keys import Keyring, Purpose, new_key
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.house import BY_NAME, House, another_team, open_house
from tests.pipeline.lanes import Lane, open_lanes
from tests.sharing import TABLE

KEYS = ",".join(new_key(purpose) for purpose in Purpose)
RING = Keyring.parse(KEYS)
POSTS, BEFORE, AFTER = 60, 20, 20
"""Posts that are due; published before the backup; published after it."""


def silent(_: str) -> None:
    return


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in os.environ:
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMARKTAI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AMARKTAI_KEYS", KEYS)
    yield tmp_path / "home"
    erase(tmp_path / "home")


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[Lane]:
    """Platforms that take the same post twice: their refusal of duplicates would hide a second send."""
    with open_lanes(tmp_path / "sandbox", 1) as [one]:
        for platform in ("x", "linkedin"):
            one.world.state.put("sandbox.knobs", f"{platform}.takes_duplicates", {"value": 1})
        yield one


@dataclass(frozen=True)
class Home:
    """The servers of the home while they run, with a pool of each login."""

    embedded: Embedded
    owner: str
    worker: Database
    web: Database


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Home]:
    embedded = Embedded(home, say=silent, durable=False)
    servers = embedded.start()
    try:
        settings = Settings(database_url=SecretStr(servers.database_url))
        migrate(settings, RING)
        worker, web = (Database(url_of(login, settings, RING), size=4) for login in ("amarktai_worker", "amarktai_web"))
        await worker.open()
        await web.open()
        try:
            yield Home(embedded, servers.database_url, worker, web)
        finally:
            await worker.close()
            await web.close()
    finally:
        embedded.stop()


class Held:
    """A publisher that begins nothing before it is told to: its post is claimed, and nothing of it was sent yet."""

    def __init__(self, publisher: Publisher, go_on: asyncio.Event) -> None:
        self._publisher, self._go_on = publisher, go_on
        self.claimed = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._publisher, name)

    async def prepare(self, *given: Any, **named: Any) -> Any:
        self.claimed.set()
        await self._go_on.wait()
        return await self._publisher.prepare(*given, **named)


async def many(house: House) -> list[PostRef]:
    """Due posts on three accounts."""
    accounts = [await house.connect(BY_NAME[name]) for name in ("x", "linkedin organisation", "linkedin member")]
    return [await house.post(accounts[n % 3]) for n in range(POSTS)]


async def in_the_ledger(house: House, posts: list[PostRef]) -> Counter[int]:
    """How many posts the platforms have so many times."""
    return Counter([len(await house.accepted(post)) for post in posts])


async def one_day(home: Path, lane: Lane, file: Path) -> tuple[Any, list[PostRef], PostRef, Mapping[Any, Any]]:
    """Twenty go out, the backup is made while one is claimed and one is lost, and then more go out: it, and twenty others."""
    async with opened(home) as at:
        team = await another_team(at.web, at.worker, Vault(RING), "T1")
        async with open_house(team, lane) as house:
            posts = await many(house)
            for post in posts[:BEFORE]:
                await house.settle(post)
            lane.fault("x.posts", "accept_then_close")
            [lost] = [post for post in posts[BEFORE : BEFORE + 3] if (await house.row(post))["platform"] == "x"]
            await publish(lost, house.publishing)
            lane.healthy()
            go_on = asyncio.Event()
            held = Held(house.publishing.publishers[Platform.X], go_on)
            slow = replace(
                house.publishing,
                publishers={**house.publishing.publishers, Platform.X: held},
                patience=replace(house.publishing.patience, lease=120.0, send=60.0),
            )
            claimed = posts[BEFORE + 3 + posts[BEFORE : BEFORE + 3].index(lost)]  # three accounts take turns
            sending = asyncio.create_task(publish(claimed, slow))
            await held.claimed.wait()
            anchors = AnchorFile(home / "anchors" / "audit.anchors", RING)
            await anchor(at.worker, anchors)
            backup(home, file, say=silent)
            go_on.set()
            await sending
            for post in [post for post in posts[BEFORE:] if post not in (lost, claimed)][:AFTER]:
                await house.settle(post)
            await anchor(at.worker, anchors, datetime.now(UTC) + timedelta(minutes=6))
            out = await in_the_ledger(house, posts)
            assert out == {1: BEFORE + AFTER + 2, 0: POSTS - BEFORE - AFTER - 2}
            return team, posts, claimed, dict(house.known)


@pytest.mark.timeout(580)
async def test_after_a_restore_nothing_is_published_twice_and_nothing_is_lost(
    home: Path, lane: Lane, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    file = tmp_path / "day.backup"
    team, posts, claimed, known = await one_day(home, lane, file)
    restore(home, file, yes=True, say=silent)
    async with opened(home) as at:
        async with open_house(replace(team, worker=at.worker), lane) as house:
            house.known.update(known)
            before = await in_the_ledger(house, posts)
            for post in posts:
                await house.now_due(post)
                await house.step(post)
            assert await in_the_ledger(house, posts) == before, "it publishes nothing before somebody accepts it"
        gone = await verify_audit()
        assert gone is not None and "it was anchored and is gone" in gone
    said = accept_restore()
    assert "Publishing goes on" in said
    assert await verify_audit() is None
    async with opened(home) as at, open_house(replace(team, worker=at.worker), lane) as house:
        house.known.update(known)
        assert await house.state(claimed) == "unknown"
        answers = await drained(house, posts)
        out, states = await in_the_ledger(house, posts), Counter([await house.state(post) for post in posts])
    assert out == {1: POSTS}, f"{out}, {states}, {answers}"
    assert answers["looked"] == 0, "what was going out is found by looking, also what had sent nothing by then"
    told = f"{POSTS} posts, {BEFORE + AFTER + 2} of them out, restored to {BEFORE}: 0 doubles, 0 lost; answers: {dict(answers)}"
    record_property(TABLE, f"Restore: {told}; at the end {dict(states)}")


async def drained(house: House, posts: list[PostRef]) -> Counter[str]:
    """Work goes on, and people answer truthfully what they are asked, until nothing is open. How often which answer was given."""
    answers: Counter[str] = Counter()
    for _ in range(4):
        for post in posts:
            state = (await house.settle(post))[-1]
            if state == "missed":
                decision = Decision.DROP if await house.accepted(post) else Decision.NOW
                assert await house.answer(post, decision) == "applied"
                answers[decision] += 1
            elif state == "needs_human":
                assert await house.truth(post) == "applied"
                answers["looked"] += 1
    return answers


async def test_a_copy_made_by_other_tools_publishes_nothing_and_can_be_accepted(
    home: Path, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(home) as at:
        team = await another_team(at.web, at.worker, Vault(RING), "T1")
        async with open_house(team, lane) as house:
            post = await house.post(await house.connect(BY_NAME["x"]))
            known = dict(house.known)
        await at.worker.close()
        await at.web.close()
        with psycopg.connect(at.embedded.superuser_url, autocommit=True) as superuser:
            superuser.execute("CREATE DATABASE clone TEMPLATE amarktai OWNER amarktai_owner")
        owner = urlunsplit(urlsplit(at.owner)._replace(path="/clone"))
        settings = Settings(database_url=SecretStr(owner))
        migrate(settings, RING)
        copy = Database(url_of("amarktai_worker", settings, RING), size=4)
        await copy.open()
        async with open_house(replace(team, worker=copy), lane) as house:
            house.known.update(known)
            await house.step(post)
            assert await in_the_ledger(house, [post]) == {0: 1}, "the copy published"
            assert "stopped" in (await house.row(post))["trouble"]
        monkeypatch.setenv("DATABASE_URL", owner)
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
        assert accept_restore().startswith("1 post is under question")
        async with open_house(replace(team, worker=copy), lane) as house:
            house.known.update(known)
            assert (await drained(house, [post])) == {Decision.NOW: 1}
            assert await in_the_ledger(house, [post]) == {1: 1}
        await copy.close()
