"""The command line: instant help, and one sentence for whatever an operator can mend."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from storage.keys import Purpose, new_key

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "demo", "up", "web", "worker", "clock", "telegram", "migrate", "doctor", "plan", "backup", "restore", "restore-accept",
    "keys", "audit",
)  # fmt: skip
HEAVY = (
    "fastapi",
    "sqlalchemy",
    "slack_bolt",
    "telegram",
    "dramatiq",
    "psycopg",
    "httpx",
    "pydantic",
    "uvicorn",
    "cryptography",
)
OURS = ("AMARKTAI_", "DATABASE_", "REDIS_", "SLACK_", "TELEGRAM_", "X_", "LINKEDIN_", "SETTLE_", "GRACE_", "PORT")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command in an empty folder, with nothing configured but what is given."""

    def command(*arguments: str, **configured: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        # A demonstration may run on this machine, and it has the default port.
        env |= {"PYTHONPATH": str(ROOT), "AMARKTAI_HOME": str(tmp_path / "home"), "PORT": "0", **configured}
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            capture_output=True,
            text=True,
            env=env,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )

    return command


@pytest.fixture
def keys() -> str:
    return ",".join(new_key(purpose) for purpose in Purpose)


def sentences(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What an operator reads: lines that all begin alike, and never a traceback. The exit code is 1."""
    assert done.returncode == 1, done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if not is_warning(line)]
    assert lines and all(line.startswith("amarktai: ") for line in lines), done.stderr
    return [line.removeprefix("amarktai: ") for line in lines]


def is_warning(line: str) -> bool:
    """A line of the log that says what is tried meanwhile."""
    return line.startswith("{") and json.loads(line)["level"] in ("info", "warning")


def test_help_lists_every_command(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    listed = {line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line.startswith("  ")}
    assert set(COMMANDS) <= listed


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from app.cli import cli\n"
        "try: cli(['--help'])\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_everything_that_is_missing_or_wrong_is_said_at_once_each_with_its_remedy(run: Run) -> None:
    said = sentences(run("web", X_CLIENT_ID="a", SETTLE_SECONDS="3", GRACE_MINUTES="soon"))
    for name in (
        "AMARKTAI_KEYS",
        "AMARKTAI_BASE_URL",
        "REDIS_URL",
        "X_CLIENT_SECRET",
        "SETTLE_SECONDS",
        "GRACE_MINUTES",
    ):
        assert any(line.startswith(name) for line in said), (name, said)
    assert any("`amarktai keys new`" in line for line in said)


@pytest.mark.parametrize("command", ["web", "worker", "clock"])
def test_no_process_starts_on_a_database_that_is_away(run: Run, keys: str, command: str) -> None:
    said = sentences(run(command, **settings("postgresql://nobody:x@127.0.0.1:1/none", keys)))
    assert len(said) == 1
    assert "The database does not answer" in said[0] and "check DATABASE" in said[0]
    assert "Connection refused" in said[0]


def test_migrate_says_that_the_database_is_away(run: Run, keys: str) -> None:
    (said,) = sentences(run("migrate", DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none", AMARKTAI_KEYS=keys))
    assert "The database does not answer" in said


@pytest.mark.parametrize("command", ["web", "worker", "clock"])
def test_no_process_starts_on_an_old_schema(run: Run, keys: str, database_url: str, command: str) -> None:
    assert run("migrate", DATABASE_URL=database_url, AMARKTAI_KEYS=keys).returncode == 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    (said,) = sentences(run(command, **settings(database_url, keys)))
    assert said.endswith("run `amarktai migrate`.")


def test_no_process_starts_on_a_schema_that_wants_newer_code(run: Run, keys: str, database_url: str) -> None:
    assert run("migrate", DATABASE_URL=database_url, AMARKTAI_KEYS=keys).returncode == 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE installation SET min_code = 9999")
    (said,) = sentences(run("worker", **settings(database_url, keys)))
    assert "deploy the newer version" in said


def test_a_key_that_is_not_the_databases_is_refused(run: Run, keys: str, database_url: str) -> None:
    assert run("migrate", DATABASE_URL=database_url, AMARKTAI_KEYS=keys).returncode == 0
    other = ",".join(
        f"{mine.rpartition(':')[0]}:{new_key(purpose).rpartition(':')[2]}"
        for mine, purpose in zip(keys.split(","), Purpose, strict=True)
    )
    (said,) = sentences(run("migrate", DATABASE_URL=database_url, AMARKTAI_KEYS=other))
    assert "is not the one this database knows" in said


@pytest.mark.parametrize("broken", ["x", "chat:1", "chat:1:short", "nothing:1:AAAA"])
def test_a_key_that_is_none_is_refused(run: Run, broken: str) -> None:
    (said,) = sentences(run("web", **settings("postgresql://nobody:x@127.0.0.1:1/none", broken)))
    assert "key" in said.lower()


def test_a_file_to_promote_that_does_not_exist_is_a_matter_of_usage(run: Run) -> None:
    done = run("demo", "--page", "nowhere.html")
    assert done.returncode == 2
    assert "nowhere.html" in done.stderr and "Traceback" not in done.stderr


def test_an_unknown_plan_is_answered_with_those_there_are(run: Run, keys: str) -> None:
    (said,) = sentences(run("plan", "gold", "--team", "T1", AMARKTAI_KEYS=keys))
    assert "free, pro, business, enterprise" in said


def settings(database: str, keys: str) -> dict[str, str]:
    """What a process needs, with the database at an address; the queue is away, which must not matter at the start."""
    return {
        "AMARKTAI_KEYS": keys,
        "AMARKTAI_BASE_URL": "http://127.0.0.1:4000",
        "REDIS_URL": "redis://127.0.0.1:1",
        "DATABASE_URL": database,
        "PORT": "0",
    }
