"""The doctor, on real servers: what it says when nothing is there, when all is well, and when something is broken."""

import os
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import psycopg
import pytest

from app.doctor import examine
from app.doctor.findings import Finding, Mark, lines, masked
from app.embedded import Embedded, erase
from app.logins import url_of
from app.migrate import migrate
from app.settings import Settings
from domain.accounts import Grant, Identity
from domain.platforms import Platform
from domain.publishing import AccountKind
from domain.secret import Secret
from pipeline.workspaces import SlackInstall, install_slack
from publishers.x.connect import SCOPES as X_SCOPES
from sandbox.app import build
from sandbox.server import server
from sandbox.settings import settings as sandbox_settings
from sandbox.world import Config, World
from storage import accounts, budgets
from storage.due import beat
from storage.keys import Keyring, Purpose, new_key
from storage.session import Database
from storage.vault import Vault

CANARY = "CANARY-0123456789"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder as the present one, and an environment without any of our settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[[], Awaitable[tuple[int, str]]]:
    """Calls the doctor: the exit code, and what was printed."""

    async def run() -> tuple[int, str]:
        code = await examine()
        return code, capsys.readouterr().out

    return run


@dataclass
class Installation:
    """A migrated database and a Redis, named in the environment with the keys they were set up with."""

    keyring: Keyring
    owner_url: str
    worker_url: str

    @asynccontextmanager
    async def database(self) -> AsyncIterator[tuple[Database, Vault]]:
        database = Database(self.worker_url, size=2)
        await database.open()
        try:
            yield database, Vault(self.keyring)
        finally:
            await database.close()


@pytest.fixture
def installed(bare: Path, monkeypatch: pytest.MonkeyPatch, database_url: str, redis_url: str) -> Installation:
    keys = ",".join(new_key(purpose) for purpose in Purpose)
    for name, value in {
        "AMARKTAI_KEYS": keys,
        "AMARKTAI_BASE_URL": "https://marketing.example.com",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
    }.items():
        monkeypatch.setenv(name, value)
    settings, keyring = Settings(), Keyring.parse(keys)
    migrate(settings, keyring)
    return Installation(keyring, database_url, url_of("amarktai_worker", settings, keyring))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[World]:
    """The twins on a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        world = World.open(Config(tmp_path / "sandbox", base, "http://127.0.0.1:9"))
        serving = server(build(world), listener.getsockname()[1])
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield world
        serving.should_exit = True
        thread.join(timeout=10)
        world.close()


@pytest.fixture
def twins(sandbox: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The sandbox, named in the environment."""
    for name, value in sandbox_settings(sandbox).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "s" * 32)
    return sandbox


async def add_to_slack(world: World, database: Database, vault: Vault, *, scopes: str | None = None) -> UUID:
    """Install the app in the twin's team and store what it answered; the workspace."""
    secrets, base = world.secrets, f"{world.config.base_url}/slack"
    back = f"{world.config.product_url}/slack/oauth_redirect"
    from bot.slack.oauth import SCOPES

    async with httpx.AsyncClient() as client:
        query = {
            "client_id": secrets.slack_client_id, "scope": ",".join(SCOPES), "redirect_uri": back, "state": "s",
            "_auto": "U0MARA",
        }  # fmt: skip
        consented = await client.get(f"{base}/oauth/v2/authorize", params=query)
        code = parse_qs(urlsplit(consented.headers["location"]).query)["code"][0]
        form = {"code": code, "redirect_uri": back}
        auth = (secrets.slack_client_id, secrets.slack_client_secret)
        told = (await client.post(f"{base}/api/oauth.v2.access", data=form, auth=auth)).json()
    install = SlackInstall(
        told["team"]["id"], "Tidewater", "U0MARA", "Mara", told["bot_user_id"], "B1", told["app_id"],
        scopes or told["scope"], Secret(told["access_token"]),
    )  # fmt: skip
    return (await install_slack(database, vault, lambda *_: None, install)).workspace_id


async def connect_x(database: Database, vault: Vault, workspace_id: UUID, **more: object) -> UUID:
    grant = Grant(
        Secret("t"),
        Secret("r"),
        more.get("expires_at", datetime.now(UTC) + timedelta(hours=2)),
        more.get("scopes", X_SCOPES),
    )  # type: ignore[arg-type]
    identity = Identity(AccountKind.MEMBER, "42", "@tide", "https://x.example/tide")
    async with database.transaction(workspace_id) as tx:
        return await accounts.connect(tx, vault, Platform.X, identity, grant, refresh_at=None, by=workspace_id)


async def test_with_nothing_configured_it_says_how_to_get_everything_and_makes_nothing(bare, ask):
    code, said = await ask()
    assert code == 0
    for name in (
        "AMARKTAI_KEYS",
        "AMARKTAI_BASE_URL",
        "SLACK_CLIENT_ID",
        "TELEGRAM_BOT_TOKEN",
        "X_CLIENT_ID",
        "LINKEDIN_CLIENT_ID",
    ):
        assert name in said
    assert "✗" not in said and "✓" not in said
    assert os.listdir(bare) == []


async def test_an_installation_that_works_is_all_well(bare, installed, twins, ask):
    (bare / ".amarktai").mkdir()
    async with installed.database() as (database, vault):
        workspace_id = await add_to_slack(twins, database, vault)
        await connect_x(database, vault, workspace_id)
        await beat(database, "work")
    code, said = await ask()
    assert code == 0, said
    for wanted in (
        "amarktai_worker", "the keys fit", "noeviction", "gives pictures", "A heartbeat went through", "Socket Mode opens",
        "Tidewater (T0SANDBOX): we are", "We are @", "/oauth/x/callback", "X @tide (member): connected, token until",
        "published nothing yet",
    ):  # fmt: skip
        assert wanted in said


async def test_a_wrong_key_is_broken_and_not_shown(installed, monkeypatch, ask):
    wrong = ",".join(
        f"{key.purpose}:{key.id}:{new_key(key.purpose).rpartition(':')[2]}" for key in installed.keyring.keys
    )
    monkeypatch.setenv("AMARKTAI_KEYS", wrong)
    monkeypatch.setenv("DATABASE_APP_URL", installed.worker_url)
    code, said = await ask()
    assert code == 1
    assert "is not the one this database knows" in said
    assert not any(part.rpartition(":")[2] in said for part in wrong.split(","))


async def test_a_database_without_our_schema_is_told_to_migrate(installed, monkeypatch, empty_database_url, ask):
    monkeypatch.setenv("DATABASE_APP_URL", empty_database_url)
    code, said = await ask()
    assert code == 1 and "run `amarktai migrate`" in said


async def test_a_database_that_came_back_from_a_backup_is_broken_until_it_is_accepted(installed, ask):
    with psycopg.connect(installed.owner_url, autocommit=True) as connection:
        connection.execute("UPDATE installation SET restored_at = now()")
    code, said = await ask()
    assert code == 1 and "amarktai restore-accept" in said


async def test_servers_that_do_not_answer_are_broken_and_their_passwords_stay_hidden(installed, monkeypatch, ask):
    monkeypatch.setenv("DATABASE_APP_URL", f"postgresql://amarktai_web:{CANARY}@127.0.0.1:9/none")
    monkeypatch.setenv("REDIS_URL", f"redis://:{CANARY}@127.0.0.1:9/0")
    code, said = await ask()
    assert code == 1
    assert "No login for the processes" in said and "Redis does not answer" in said
    assert CANARY not in said


async def test_tokens_that_the_chats_refuse_are_broken_and_stay_hidden(bare, twins, monkeypatch, ask):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", f"1000001:SANDBOX-{CANARY}")
    monkeypatch.setenv("SLACK_BOT_TOKEN", f"xoxb-sandbox-{CANARY}")
    code, said = await ask()
    assert code == 1
    assert "Telegram does not take the token" in said and "the token is not taken: invalid_auth" in said
    assert CANARY not in said


async def test_platforms_and_chats_that_cannot_be_reached_are_broken(bare, twins, monkeypatch, ask):
    for name in ("X_API_URL", "LINKEDIN_API_URL", "SLACK_API_URL", "TELEGRAM_API_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    code, said = await ask()
    assert code == 1 and said.count("does not answer") == 4


async def test_an_installation_without_a_scope_has_to_be_renewed(installed, twins, ask):
    async with installed.database() as (database, vault):
        await add_to_slack(twins, database, vault, scopes="chat:write,commands")
    code, said = await ask()
    assert code == 1 and "lacks channels:join" in said


async def test_an_account_that_needs_its_owner_is_named_and_breaks_nothing(installed, ask):
    async with installed.database() as (database, vault):
        world = await install_slack(
            database, vault, lambda *_: None,
            SlackInstall("T1", "Tidewater", "U1", "Ann", "UB", "B1", "A1", "chat:write", Secret("xoxb-1")),
        )  # fmt: skip
        account = await connect_x(database, vault, world.workspace_id)
        async with database.transaction(world.workspace_id) as tx:
            await accounts.set_state(tx, account, "disconnected", "X took the permission back.")
    code, said = await ask()
    assert code == 0
    assert "@tide (member) is disconnected. X took the permission back." in said and "connects it again" in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"scopes": ("tweet.read",)}, "lacks tweet.write"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expired 2020-01-01 00:00 UTC"),
    ],
)
async def test_an_account_without_a_scope_or_with_an_old_token_is_named(installed, ask, more, words):
    async with installed.database() as (database, vault):
        install = SlackInstall("T1", "Tidewater", "U1", "Ann", "UB", "B1", "A1", "chat:write", Secret("xoxb-1"))
        begun = await install_slack(database, vault, lambda *_: None, install)
        await connect_x(database, vault, begun.workspace_id, **more)
    assert words in (await ask())[1]


async def test_what_is_left_of_each_budget_is_told(installed, monkeypatch, ask):
    monkeypatch.setenv("X_BUDGET", "500")
    async with installed.database() as (database, vault):
        install = SlackInstall("T1", "Tidewater", "U1", "Ann", "UB", "B1", "A1", "chat:write", Secret("xoxb-1"))
        begun = await install_slack(database, vault, lambda *_: None, install)
        async with database.transaction(begun.workspace_id) as tx:
            await budgets.put(tx, Platform.X, Decimal("0.10"))
    code, said = await ask()
    assert code == 0
    assert "X_BUDGET: X: $500 of $500 is left for" in said
    assert "YouTube: 10,000 of 10,000 units are left until midnight in California" in said
    assert "Tidewater: X: $0.10 of $0.10 is left for" in said and "/amarktai budget x" in said


async def test_work_that_stands_still_is_broken(installed, ask):
    with psycopg.connect(installed.owner_url, autocommit=True) as connection:
        connection.execute("INSERT INTO heartbeats (name, beat_at) VALUES ('work', now() - interval '3 hours')")
    code, said = await ask()
    assert code == 1 and "3 hours old" in said and "amarktai worker" in said


@pytest.mark.parametrize(
    ("since", "code", "words"),
    [("now", 0, "heads are kept outside"), ("epoch", 1, "not kept outside the database")],
)
async def test_a_trail_that_is_not_anchored_is_broken(installed, ask, since, code, words):
    """A turn that came to nothing is given back, and stands at the epoch."""
    with psycopg.connect(installed.owner_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO heartbeats (name, beat_at) VALUES ('work', now()), ('turn: anchor the audit trail', %s)"
            " ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at",
            (since,),
        )
    ended, said = await ask()
    assert ended == code and words in said


async def test_settings_that_are_wrong_are_broken_all_at_once(bare, monkeypatch, ask):
    monkeypatch.setenv("SETTLE_SECONDS", "5")
    monkeypatch.setenv("X_CLIENT_ID", "an id without its secret")
    code, said = await ask()
    assert code == 1 and "SETTLE_SECONDS is 5" in said and "X_CLIENT_SECRET is missing" in said


async def test_a_value_that_cannot_be_read_is_broken_in_words(bare, monkeypatch, ask):
    monkeypatch.setenv("GRACE_MINUTES", "soon")
    code, said = await ask()
    assert code == 1 and "GRACE_MINUTES" in said and "Traceback" not in said


async def test_an_address_of_the_wrong_form_is_broken_in_words(bare, monkeypatch, ask):
    monkeypatch.setenv("REDIS_URL", "http://nope")
    code, said = await ask()
    assert code == 1 and "REDIS_URL is no address that begins with redis://" in said


async def test_keys_that_cannot_be_read_are_broken_in_words(bare, monkeypatch, ask):
    monkeypatch.setenv("AMARKTAI_KEYS", CANARY)
    code, said = await ask()
    assert code == 1 and CANARY not in said


async def test_a_media_store_that_takes_nothing_is_broken(bare, monkeypatch, ask):
    (bare / "home").mkdir()
    (bare / "home" / "media").write_text("a file where a folder should be")
    monkeypatch.setenv("AMARKTAI_HOME", str(bare / "home"))
    code, said = await ask()
    assert code == 1 and "does not take a picture" in said


def test_plain_lines_have_a_heading_a_mark_and_a_remedy_each():
    found = [Finding(Mark.GOOD, "Redis", "It answers"), Finding(Mark.BROKEN, "Redis", "It is old", "Renew it.")]
    assert lines(found) == ["Redis", "  ✓ It answers", "  ✗ It is old", "      Renew it."]


def test_no_part_of_a_longer_secret_is_left_by_a_shorter_one():
    assert masked("abcdef and abc", ["", "abc", "abcdef"]) == "••• and •••"


async def test_embedded_servers_are_asked_whether_they_run_or_sleep(bare, monkeypatch, ask):
    home = bare / "home"
    monkeypatch.setenv("AMARKTAI_HOME", str(home))
    monkeypatch.setenv("AMARKTAI_KEYS", ",".join(new_key(purpose) for purpose in Purpose))
    with Embedded(home, say=lambda _: None, durable=False):
        code, said = await ask()
        assert code == 1 and "they run" in said and "Valkey 9" in said
        assert "amarktai migrate" in said
    assert "started for this look" in (await ask())[1]
    erase(home)
