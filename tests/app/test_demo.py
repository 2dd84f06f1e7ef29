"""The demonstration's house: stable ports, secrets of its own, and nothing of the operator's settings."""

import asyncio
import json
import socket
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from app.demo import house as houses
from app.demo.house import AT_LEISURE, House, environments
from app.demo.people import Sandbox
from app.demo.run import Interrupted, served_as, unless_stopped
from app.demo.setup import POSTS_A_DAY, promote
from app.embedded import Servers
from app.processes import Supervisor
from app.settings import ENVIRONMENT_ONLY
from app.up import CommandFailed, run_once
from domain.slots import slots_for
from storage.keys import Purpose

Enter = Callable[..., House]
SERVERS = Servers("postgresql://amarktai_owner:pw@127.0.0.1:5/amarktai", "redis://127.0.0.1:6")


@pytest.fixture(autouse=True)
def other_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demonstration may be running on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = max(probe.getsockname()[1] - 100, 1025)
    for number, name in enumerate(("WEB_PORT", "SANDBOX_PORT", "PAGE_PORT")):
        monkeypatch.setattr(houses, name, base + 20 * number)


@pytest.fixture
def enter(tmp_path: Path) -> Iterator[Enter]:
    """Enters a house, which is left at the end."""
    entered: list[House] = []

    def into(name: str = "demo", *, fresh: bool = False, say: Callable[[str], None] = print) -> House:
        entered.append(houses.enter(tmp_path / name, fresh=fresh, say=say))
        return entered[-1]

    yield into
    for house in entered:
        house.close()


def test_secrets_are_made_once_and_nobody_else_may_read_them(enter: Enter, tmp_path: Path) -> None:
    first = enter()
    second = enter()
    assert (first.keys, first.webhook_secret) == (second.keys, second.webhook_secret)
    assert stat.S_IMODE((tmp_path / "demo" / "demo.json").stat().st_mode) == 0o600
    assert first.keys not in repr(first)


def test_a_fresh_house_has_other_secrets(enter: Enter) -> None:
    first = enter()
    assert enter(fresh=True).keys != first.keys


def test_two_demonstrations_that_start_at_once_get_other_ports_and_say_so(enter: Enter) -> None:
    said: list[str] = []
    one = enter("one", say=said.append)
    two = enter("two", say=said.append)
    assert not {one.web_port, one.sandbox_port, one.page_port} & {two.web_port, two.sandbox_port, two.page_port}
    assert f"Port {one.web_port} is taken, so the app listens on {two.web_port}." in said


def test_a_demonstration_takes_nothing_of_the_operators_settings(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-real")
    monkeypatch.setenv("X_API_URL", "https://api.x.com")
    monkeypatch.setenv("LANG", "C.UTF-8")
    house = enter()
    envs = environments(house, SERVERS, {"X_API_URL": house.sandbox, "SLACK_APP_TOKEN": "xapp"}, house.web, AT_LEISURE)
    for env in envs.values():
        assert "SLACK_BOT_TOKEN" not in env and "SLACK_APP_TOKEN" not in env
        assert env["X_API_URL"] == house.sandbox
        assert env["LANG"] == "C.UTF-8"
        assert env[ENVIRONMENT_ONLY]


def test_the_web_process_gets_no_key_to_the_platforms_and_no_owners_login(enter: Enter) -> None:
    house = enter()
    envs = environments(house, SERVERS, {}, house.web, AT_LEISURE)
    assert f"{Purpose.PLATFORM}:" not in envs["web"]["AMARKTAI_KEYS"]
    assert "amarktai_web:" in envs["web"]["DATABASE_APP_URL"]
    assert "amarktai_worker:" in envs["worker"]["DATABASE_APP_URL"]
    assert [name for name, env in envs.items() if "DATABASE_URL" in env] == ["migrate"]


async def test_the_end_is_not_held_up_by_what_is_under_way() -> None:
    async def for_ever() -> int:
        await asyncio.Event().wait()
        return 0

    async with Supervisor(print) as supervisor:
        asyncio.get_running_loop().call_later(0.05, supervisor.request_stop)
        with pytest.raises(Interrupted):
            await unless_stopped(for_ever(), supervisor)


async def test_what_a_failed_command_said_is_kept(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="`amarktai plan` failed: amarktai: AMARKTAI_KEYS is missing"):
        await run_once(
            "plan", {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd())}, tmp_path, "business", "--team", "T1"
        )


def test_what_is_kept_is_json_that_a_person_can_read(enter: Enter, tmp_path: Path) -> None:
    enter()
    assert set(json.loads((tmp_path / "demo" / "demo.json").read_text())) == {"keys", "webhook_secret"}


def test_whatever_the_hour_what_is_approved_goes_out_within_a_minute_or_two() -> None:
    times = [time.fromisoformat(at) for at in POSTS_A_DAY]
    for hour in range(24):
        ready = datetime(2026, 3, 7, hour, 0, 30, tzinfo=UTC)
        slots = slots_for("UTC", ready.date(), times, 6, ready, AT_LEISURE.lead, AT_LEISURE.spacing)
        assert (slots[0] - ready).total_seconds() <= 60, f"at {hour:02}:00"
        assert (slots[-1] - ready).total_seconds() <= 6 * 60, f"at {hour:02}:00"


@pytest.mark.parametrize(
    ("file", "name"), [("a.HTML", "index.html"), ("page", "index.html"), ("Price list.PDF", "page.pdf")]
)
def test_a_file_that_is_no_web_page_is_served_as_what_it_is(file: str, name: str) -> None:
    assert served_as(Path(file)) == name


@pytest.mark.parametrize(
    ("answer", "typed"),
    [
        ("Tide is promoted from its next day on; …", ["add http://here/", "slots http://here/ 00:00"]),
        ("Tide is promoted here already, so nothing changed.", ["add http://here/"]),
    ],
)
async def test_a_web_app_that_is_promoted_already_keeps_the_slots_that_a_person_gave_it(
    answer: str, typed: list[str]
) -> None:
    class Twin(Sandbox):
        def __init__(self) -> None:
            self.typed: list[str] = []

        async def type(self, user: str, text: str, command: str = "/amarktai") -> dict[str, Any]:
            self.typed.append(text)
            return {"shown": [answer if text.startswith("add") else "Posts go out at 00:00 00:01."]}

    twin = Twin()
    await promote("http://here/", twin)
    assert twin.typed == typed
