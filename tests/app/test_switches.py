"""`amarktai pause` and `amarktai resume`, typed in a shell: the whole system, and one workspace."""

import asyncio
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.migrate import migrate
from app.operate import NotDone
from app.settings import Settings
from app.switches import stop
from pipeline.report import halts, home
from storage.keys import Keyring, Purpose, new_key
from storage.vault import Vault
from tests.pipeline.conftest import Team, logins, team, web, worker  # noqa: F401 - fixtures

KEYS = ",".join(new_key(purpose) for purpose in Purpose)
TITLES = """
SELECT coalesce(jsonb_agg(DISTINCT c.notice ->> 'title'), '[]') FROM cards c
WHERE c.workspace_id = %(workspace_id)s AND c.notice_key IS NOT NULL
"""


@pytest.fixture
def vault() -> Vault:
    """Under the keys of the operator's shell."""
    return Vault(Keyring.parse(KEYS))


@pytest.fixture
def shell(
    team: Team,  # noqa: F811 - a fixture
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> pytest.MonkeyPatch:
    """An operator's environment. The connections of the fixtures stay open; only new ones need the new passwords."""
    for name in os.environ:
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("AMARKTAI_KEYS", KEYS)
    migrate(Settings(database_url=database_url), Keyring.parse(KEYS))  # type: ignore[arg-type]
    return monkeypatch


async def typed(*words: str) -> str:
    done = await asyncio.to_thread(CliRunner().invoke, cli, list(words), catch_exceptions=False)
    return " ".join(done.output.split())


async def test_the_whole_system_stops_and_everybody_who_looks_is_told(
    shell: pytest.MonkeyPatch,
    team: Team,  # noqa: F811 - a fixture
) -> None:
    await team.post(await team.account())
    said = await typed("pause")
    assert said.startswith("Publishing is stopped for the whole system: no attempt begins any more")
    assert "1 approved post waits for `amarktai resume`" in said
    assert "UTC already" in await typed("pause"), "the second time changes nothing"
    assert await team.value(TITLES) == ["Publishing is stopped for the whole system"]
    assert "Publishing is stopped for the whole system since" in await typed("doctor")
    view = await home(team.worker, team.workspace_id)
    assert view is not None
    assert "Publishing is stopped for the whole system" in {one.title for one in view.alarms}
    assert await halts(team.worker, team.workspace_id) == ("Publishing is stopped for the whole system.",)
    assert (await typed("resume")).startswith("Publishing goes on. 1 approved post waits for")
    assert "nothing changed" in await typed("resume")
    assert await team.value(TITLES) == ["Publishing goes on"]
    assert "is stopped" not in await typed("doctor")
    assert await halts(team.worker, team.workspace_id) == ()


async def test_one_workspace_is_named_by_its_team_or_its_chat(
    shell: pytest.MonkeyPatch,
    team: Team,  # noqa: F811 - a fixture
) -> None:
    post = await team.post(await team.account())
    assert "1 post is on hold" in await typed("pause", "--team", "T1")
    assert await team.state(post) == "held"
    assert await team.value(TITLES) == ["Everything is stopped"]
    assert "1 post is on the way again" in await typed("resume", "--chat=-100")
    assert await team.state(post) == "approved"
    with pytest.raises(NotDone, match="No workspace belongs to slack “T2”"):
        await stop("T2", "")


async def test_only_the_owner_of_the_database_stops_the_whole_system(
    shell: pytest.MonkeyPatch, database_url: str
) -> None:
    shell.delenv("DATABASE_URL")
    shell.setenv("DATABASE_APP_URL", database_url)
    with pytest.raises(NotDone, match="Only the owner of the database"):
        await stop("", "")
