"""Rolling restarts while posts go out and people click: nothing is lost, nothing unknown, and nobody is hung up on."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.handover import listen
from app.logins import url_of
from app.processes import Command, Supervisor, wait_until_answers
from app.settings import Settings
from domain.payload import Payload
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import AccountKind
from storage.keys import Keyring
from storage.session import Database
from storage.vault import Vault
from tests.app.running import ROOT, Running, running  # noqa: F401 - a fixture
from tests.pipeline.house import House, Kind, another_team, open_house, some_text
from tests.pipeline.lanes import Lane, open_lanes
from tests.sharing import TABLE

RESTARTS = int(os.environ.get("RESTARTS", "40"))
POSTS_A_SECOND, LATENCY = 5, 0.3
AHEAD = 6.0
"""Seconds until a slot: the clock knows of it before it comes."""
SHARES = {"worker": 0.34, "worker-2": 0.33, "web": 0.33}
PAGE = Kind("facebook", Platform.FACEBOOK, AccountKind.ORGANISATION, "facebook.*")


@dataclass
class Visitors:
    """People and webhooks at the edge, each on a connection of its own or on one that is kept."""

    url: str
    answered: int = 0
    failed: list[str] = field(default_factory=list)

    async def come(self, kept: bool) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            headers = {} if kept else {"Connection": "close"}
            while True:
                for method, path, expected in (
                    ("GET", "/", 200),
                    ("POST", "/slack/events", 401),
                    ("GET", "/health/ready", 200),
                ):
                    await self._ask(client, method, path, expected, headers)
                    await asyncio.sleep(0.05)

    async def _ask(
        self, client: httpx.AsyncClient, method: str, path: str, expected: int, headers: dict[str, str]
    ) -> None:
        try:
            answer = await client.request(method, self.url + path, headers=headers)
        except httpx.TransportError as error:
            self.failed.append(f"{method} {path}: {error!r}")
        else:
            self.answered += 1
            if answer.status_code != expected:
                self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:80]}")


@dataclass
class Scene:
    """A house whose processes are the supervisor's."""

    house: House
    supervisor: Supervisor
    said: list[str]
    visitors: Visitors
    logs: Path
    account: Any


@asynccontextmanager
async def standing(running: Running, lane: Lane) -> AsyncIterator[Scene]:  # noqa: F811
    twins = httpx.get(f"{lane.base_url}/_sandbox/settings", trust_env=False).json()
    chats = ("SLACK_BOT", "SLACK_APP", "TELEGRAM")
    env = running.env | {name: value for name, value in twins.items() if not name.startswith(chats)}
    env |= {"PYTHONPATH": str(ROOT), "SETTLE_SECONDS": "5"}
    keyring = Keyring.parse(env["AMARKTAI_KEYS"])
    settings = Settings.model_construct(database_url=SecretStr(env["DATABASE_URL"]), database_app_url=SecretStr(""))
    web, worker = (Database(url_of(f"amarktai_{name}", settings, keyring), size=4) for name in ("web", "worker"))
    await web.open()
    await worker.open()
    said: list[str] = []
    team = await another_team(web, worker, Vault(keyring), "T1")
    with listen("127.0.0.1", 0) as listener:
        async with Supervisor(said.append) as supervisor, open_house(team, lane) as house:
            for name in (*SHARES, "clock"):
                command = command_of(name, env, running.folder)
                supervisor.start(replace(command, listener=listener) if name == "web" else command)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            await wait_until_answers(f"{url}/health/ready", timeout=60)
            yield Scene(house, supervisor, said, Visitors(url), running.folder / "logs", await house.connect(PAGE))
    await web.close()
    await worker.close()


def command_of(name: str, env: dict[str, str], home: Path) -> Command:
    kind = name.partition("-")[0]
    argv = (sys.executable, "-m", "tests.storm.deploy_child", kind)
    return Command(name, argv, home / "logs" / f"{name}.log", env=env, cwd=ROOT, grace=30.0)


async def write(scene: Scene, posts: list[PostRef]) -> None:
    """Posts whose slot comes soon, several a second, until cancelled."""
    while True:
        posts.append(await scene.house.post_of(scene.account, Payload(some_text()), late=-AHEAD))
        await asyncio.sleep(1 / POSTS_A_SECOND)


async def renew(scene: Scene, name: str, times: int, took: list[float]) -> None:
    for _ in range(times):
        begun = time.monotonic()
        assert await scene.supervisor.renew(name, patience=120), scene.said
        took.append(time.monotonic() - begun)


async def settled(scene: Scene, posts: list[PostRef]) -> dict[str, int]:
    """How many posts are in which state, once none is on its way."""
    counts: dict[str, int] = {}
    async with asyncio.timeout(240):
        while not counts or {"approved", "publishing", "retry_wait", "unknown"} & counts.keys():
            await asyncio.sleep(0.5)
            async with scene.house.team.worker.transaction(scene.house.workspace_id) as tx:
                rows = await tx.dicts(_STATES, {"ids": [post.post_id for post in posts]})
            counts = {row["state"]: row["count"] for row in rows}
    return counts


_STATES = """
SELECT state, count(*) FROM posts WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s) GROUP BY state
"""
_ATTEMPTS = "SELECT worker, outcome, intent_at, ended_at FROM attempts WHERE workspace_id = %(workspace_id)s"


@pytest.mark.timeout(900)
async def test_rolling_restarts_lose_nothing_leave_nothing_unknown_and_hang_up_on_nobody(
    running: Running,  # noqa: F811
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    posts: list[PostRef] = []
    took: list[float] = []
    with open_lanes(tmp_path / "sandbox", 1) as [lane]:
        lane.fault("facebook.*", "slow", seconds=LATENCY, probability=1)
        async with standing(running, lane) as scene:
            load = [write(scene, posts), scene.visitors.come(True), *(scene.visitors.come(False) for _ in range(3))]
            tasks = [asyncio.create_task(one) for one in load]
            async with asyncio.TaskGroup() as group:
                for name, share in SHARES.items():
                    group.create_task(renew(scene, name, round(RESTARTS * share), took))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            counts = await settled(scene, posts)
            async with scene.house.team.worker.transaction(scene.house.workspace_id) as tx:
                attempts = await tx.dicts(_ATTEMPTS)
            published = lane.posts("facebook")
    assert counts == {"published": len(posts)}, counts
    assert len(published) == len(posts)
    assert [one["outcome"] for one in attempts] == ["ok"] * len(posts)
    assert not scene.visitors.failed, scene.visitors.failed[:5]
    assert not scene.said, scene.said
    late = begun_late(scene.logs, attempts)
    assert late < 0.1, f"an attempt began {late:.3f} s after its worker was told to stop"
    record_property(
        TABLE,
        f"Deploys: {len(took)} rolling restarts, each done in {max(took):.1f} s at most; {len(posts)} posts, lost 0, unknown 0; "
        f"{scene.visitors.answered} requests at the edge, failed 0; the latest claim came {late * 1000:+.0f} ms after SIGTERM",
    )


def begun_late(logs: Path, attempts: list[dict[str, Any]]) -> float:
    """By how many seconds the latest attempt of any worker began after it said that it stops. Negative: before."""
    stopped: dict[str, datetime] = {}
    for log in logs.glob("worker*.log*"):
        for line in log.read_text(errors="replace").splitlines():
            if "the worker stops" in line:
                told = json.loads(line)
                stopped[told["worker"]] = datetime.fromisoformat(told["timestamp"])
    assert stopped
    found = [
        (one["intent_at"] - stopped[one["worker"]]).total_seconds() for one in attempts if one["worker"] in stopped
    ]
    return max(found)
