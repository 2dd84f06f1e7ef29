"""No secret gets out: a whole house at DEBUG, a bad day on all platforms, and then every place is searched where one could lie."""

import asyncio
import contextlib
import json
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis
from psycopg import sql

from app.demo.people import CHANNEL, CHIYO, GROUP, MARA, TELEGRAM, Sandbox
from app.embedded import erase
from app.embedded.credentials import Credentials
from app.logins import LOGINS, password_of
from app.processes import wait_until_answers
from storage.keys import Keyring
from tests.journeys.conftest import Running
from tests.journeys.people import Team
from tests.journeys.stage import PYTHON, ROOT, children, descendants, environment, kill, rows, until
from tests.sharing import TABLE
from tests.storm.canaries import MARK, canary, needles, search

SEED = 20261123
TROUBLES = ("reject_5xx", "close", "malformed_2xx", "accept_then_close", "accept_then_500")
EVERYWHERE = [{"target": "*", "fault": kind, "probability": 0.06, "seed": SEED + n} for n, kind in enumerate(TROUBLES)]
KILLED = ("worker", "valkey", "postgres", "web", "clock")
APPROVED = "SELECT 1 FROM decisions WHERE applied AND decision = 'approve'"
PUBLISHED = "SELECT 1 FROM posts WHERE state = 'published'"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Running]:
    """Set up, with a mark in every secret."""
    script = [PYTHON, str(Path(__file__).with_name("secret_house.py"))]
    home = tmp_path / "home"
    with (tmp_path / "house.log").open("w") as log:
        process = subprocess.Popen(
            [*script, str(home), "10", "1", "4"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env=environment(),
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, (tmp_path / "house.log").read_text()
        yield Running(process.pid, home, **json.loads(line))
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        erase(home)


async def a_bad_day(house: Running, twin: Sandbox) -> None:
    """People decide and posts go out while calls fail in every way and processes are killed in the middle of it."""
    team = Team(twin, random.Random(SEED))
    await twin.type(MARA, "batch now")
    answering = asyncio.create_task(team.answer_everything())
    try:
        await until(lambda: len(rows(house.database, APPROVED)) >= 2, "the first approvals", patience=300)
        for wish in EVERYWHERE:
            await twin.post("faults", **wish)
        for victim in KILLED:
            await asyncio.sleep(1.5)
            with contextlib.suppress(psycopg.Error):
                # Every grant is renewed now, and every figure read: calls with tokens in all of their forms.
                rows(house.database, "UPDATE accounts SET refresh_at = now() RETURNING 1")
                rows(house.database, "UPDATE posts SET next_measure_at = now() WHERE state = 'published' RETURNING 1")
            found = await until(
                lambda victim=victim: [p for p, k in children(house.pid).items() if k == victim], f"a living {victim}"
            )
            kill(found[0])
        await asyncio.sleep(3)
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.delete(f"{house.sandbox}/_sandbox/faults")
        try:
            await until(lambda: _count(house, PUBLISHED) >= 2, "posts published", patience=240)
        except AssertionError as error:
            states = rows(house.database, "SELECT number, state, trouble, slot::text FROM posts ORDER BY number")
            raise AssertionError(f"{error}: {states}\n{team.shrugged}\n{house.logs()}") from error
    finally:
        answering.cancel()
        await asyncio.wait({answering})


def _count(house: Running, statement: str) -> int:
    with contextlib.suppress(psycopg.Error):
        return len(rows(house.database, statement))
    return 0


async def what_the_web_says(house: Running, client: httpx.AsyncClient) -> list[str]:
    """Bodies of good answers and of bad ones, with secrets in what was asked."""
    code, state = canary("code"), canary("state")
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/metrics", {}), ("GET", "/", {}),
        ("GET", "/health/live", {}), ("GET", "/health/ready", {}), ("GET", "/health/work", {}),
        ("GET", "/oauth/x/callback", {"params": {"code": code, "state": state}}),
        ("GET", "/oauth/linkedin/callback", {"params": {"error": "denied", "state": state}}),
        ("GET", "/slack/oauth_redirect", {"params": {"code": code, "state": state}}),
        ("POST", "/connect/x", {"data": {"code": code}}),
        ("GET", "/settings", {"params": {"code": code}}), ("GET", f"/media/1/{code}/x.mp4", {}), ("GET", f"/nothing/{code}", {}),
        ("POST", "/slack/events", {"content": b"{", "headers": {"x-slack-signature": code, "x-slack-request-timestamp": "1"}}),
        ("POST", "/telegram", {"content": b"{", "headers": {"x-telegram-bot-api-secret-token": code}}),
        ("POST", "/telegram/webhook", {"content": b"{", "headers": {"x-telegram-bot-api-secret-token": code}}),
    ]  # fmt: skip
    bodies = []
    for method, path, more in asked:
        answer = await client.request(method, house.web + path, **more)
        bodies.append(f"{method} {path.partition(MARK)[0]} {answer.status_code}\n{answer.text}\n{dict(answer.headers)}")
    return bodies


async def what_chats_show(twin: Sandbox) -> str:
    """All messages, as the twins got them. An address with a one-time code in it was asked for by the person who reads it."""
    places: list[Any] = [await twin.get("slack/messages", channel=CHANNEL)]
    places += [await twin.get("telegram/messages", chat=chat) for chat in (GROUP, *TELEGRAM.values())]
    places += [await twin.get("slack/views", user=user) for user in (MARA, CHIYO)]
    return json.dumps(places, ensure_ascii=False)


READ: dict[bytes, Callable[[Any, bytes], object]] = {
    b"string": lambda client, key: client.get(key),
    b"hash": lambda client, key: client.hgetall(key),
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"set": lambda client, key: client.smembers(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1),
}


def what_valkey_holds(house: Running) -> bytes:
    """Every key in every form it is kept in: hints, dead letters with what they say of their failure, limits."""
    held = []
    with redis.Redis.from_url(house.redis) as client:
        client.execute_command("SAVE")
        for key in client.scan_iter(count=1000):
            values: Any = READ[client.type(key)](client, key)
            held.append(f"{key!r} {values!r}")
    return "\n".join(held).encode()


def every_table(house: Running, folder: Path) -> int:
    """COPY of every table into a file each, as the superuser; how many."""
    with psycopg.connect(house.database, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            with (
                connection.cursor() as cursor,
                cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy,
            ):
                (folder / f"{table}.copy").write_bytes(b"".join(bytes(part) for part in copy))
    return len(tables)


def command_lines(house: Running) -> str:
    lines = []
    for pid in descendants(house.pid):
        with contextlib.suppress(OSError):
            lines.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"))
    return "\n".join(lines)


def unmarked(house: Running) -> list[str]:
    """Secrets that are made by the product itself and bear no mark: passwords of logins and servers."""
    ring = Keyring.parse(json.loads((house.home / "demo.json").read_text())["keys"])
    servers = Credentials.read(house.home)
    assert servers is not None
    passwords = [servers.superuser_password, servers.owner_password, servers.valkey_password]
    return [*passwords, *(password_of(login, ring) for login in LOGINS)]


OURS = {"demo.json", "set-up.json", "sandbox"}
"""What lies in the home and may hold secrets: the demonstration's own, and the twins'. And what the servers are started with:"""
SERVERS = {"servers.json", "valkey.conf", "users.acl", "pgpass"}


def places(house: Running, gathered: Path) -> list[Path]:
    """Every file that the house left, wherever its servers keep theirs, but those that exist to hold a secret."""
    with redis.Redis.from_url(house.redis) as client:
        kept_by_valkey: Any = client.config_get("dir")
    [postgres] = rows(house.database, "SHOW data_directory")
    servers = [Path(postgres["data_directory"]), Path(kept_by_valkey["dir"])]
    files = [
        file for top in (house.home, *servers) for file in top.rglob("*") if file.is_file() and not file.is_symlink()
    ]
    kept = [file for file in dict.fromkeys(files) if file.name not in SERVERS and not _is_ours(file, house.home)]
    assert any(file.parent.name == "pg_wal" for file in kept), "the write-ahead log is not where it was looked for"
    return [*kept, house.home.parent / "house.log", gathered]


def _is_ours(file: Path, home: Path) -> bool:
    return file.name == "sandbox.log" or (file.is_relative_to(home) and file.relative_to(home).parts[0] in OURS)


@pytest.mark.timeout(900)
async def test_after_a_bad_day_no_secret_lies_anywhere(
    house: Running, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    gathered = tmp_path / "gathered"
    gathered.mkdir()
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        twin = Sandbox(house.sandbox, client)
        await a_bad_day(house, twin)
        await wait_until_answers(f"{house.web}/health/ready", timeout=60)  # it was killed, too
        (gathered / "bodies").write_text("\n\n".join(await what_the_web_says(house, client)))
        (gathered / "chats").write_text(await what_chats_show(twin))
    (gathered / "valkey").write_bytes(what_valkey_holds(house))
    (gathered / "command lines").write_text(command_lines(house))
    tables = every_table(house, gathered)
    secrets = [MARK, *unmarked(house)]
    found = search(secrets, places(house, gathered), tmp_path / "needles")
    assert found.hits == (), "\n".join(found.hits[:40])
    _something_happened(house, gathered)
    _control(house, gathered, tmp_path)
    record_property(
        TABLE,
        f"Secrets: {found.files} files, {found.size / 1e6:.0f} MB, {tables} tables; {len(secrets)} marks in "
        f"{len(needles(MARK))} forms each: 0 found; planted ones found in all forms",
    )


def _something_happened(house: Running, gathered: Path) -> None:
    """Otherwise there would have been nothing to leak: tokens in use, failures told, lines at DEBUG."""
    logs = "\n".join(log.read_text(errors="replace") for log in (house.home / "logs").glob("*.log"))
    assert '"level": "debug"' in logs
    assert re.search(r"Traceback|\"level\": \"(warning|error)\"", logs)
    assert (gathered / "secrets.copy").stat().st_size > 500
    shown = (gathered / "chats").read_text()
    assert "#1" in shown and "Seal of the audit trail: " in shown


def _control(house: Running, gathered: Path, notes: Path) -> None:
    """One leak of each form is found, wherever it is put."""
    planted = gathered / "planted"
    leak = canary("planted")
    for needle in sorted(needles(leak)):
        planted.write_bytes(b"\x00\xff before " + needle + b" after")
        assert search([leak], [gathered], notes / "needles").hits, needle
    planted.unlink()
    rows(house.database, "UPDATE workspaces SET name = %(name)s RETURNING 1", name=leak)
    assert search([leak], places(house, gathered), notes / "needles").hits, "the write-ahead log was not searched"
