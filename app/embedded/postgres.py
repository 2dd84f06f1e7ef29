"""PostgreSQL of our own: its cluster is made once, it runs as our direct child, and it is ready when it answers."""

import os
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from app.embedded.credentials import DATABASE, OWNER, SUPERUSER, Credentials
from app.embedded.errors import EmbeddedError, from_log
from app.embedded.ground import CLEAN_ENVIRONMENT, Ground
from app.embedded.remains import clear_lock_file, wait_until_left
from app.processes import Command

READY_WITHIN = 90.0  # seconds; replaying the log after a crash takes its time
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # one way in, and with a password
    "cluster_name": "amarktai",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "jit": "off",  # our statements are short
}
_INITDB = (
    *("-U", SUPERUSER, "-A", "scram-sha-256"),
    *("-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"),
)
_FORGETFUL = {  # for tests only
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "scram_iterations": "1",  # a connection costs a tenth: passwords of the tests need not withstand anybody
}


def data_of(ground: Ground) -> Path:
    return ground.place / "postgres"


def create_cluster(ground: Ground, credentials: Credentials) -> None:
    """Make the cluster unless it is there. A half-made one of an interrupted first start is thrown away.

    Raises EmbeddedError when the cluster there was written by another major version.
    """
    data = data_of(ground)
    if (data / "PG_VERSION").exists():
        _refuse_other_version(ground, data)
        return
    for interrupted in ground.place.glob("postgres.new*"):  # its initdb may be tidying up this very moment
        wait_until_left(interrupted)
        shutil.rmtree(interrupted, ignore_errors=True)
    new, password = ground.place / f"postgres.new.{os.getpid()}", ground.place / "postgres.password"
    ground.write(password, credentials.superuser_password)
    try:
        ground.run(
            [ground.postgres / "initdb", *_INITDB, f"--pwfile={password}", "-D", new],
        )
    finally:
        password.unlink(missing_ok=True)
    new.replace(data)


def _refuse_other_version(ground: Ground, data: Path) -> None:
    written_by = (data / "PG_VERSION").read_text().strip()
    ours = ground.run([ground.postgres / "postgres", "--version"]).split()[-1].split(".")[0]
    if written_by != ours:
        raise EmbeddedError(
            f"The database in {data} was written by PostgreSQL {written_by}, this version brings PostgreSQL {ours}: "
            "make a backup with the version that wrote it (`amarktai backup`) and restore it here, "
            "or start anew with `make demo FRESH=1`."
        )


def command(ground: Ground, credentials: Credentials, log: Path, *, durable: bool = True) -> Command:
    """How PostgreSQL runs. SIGINT is its fast, orderly end; it also gets it when we are killed."""
    data = data_of(ground)
    settings = _SETTINGS | {"port": str(credentials.postgres_port)} | ({} if durable else _FORGETFUL)
    options = [part for name, text in settings.items() for part in ("-c", f"{name}={text}")]
    return Command(
        name="postgresql",
        argv=(str(ground.postgres / "postgres"), "-D", str(data), *options),
        log=log,
        env=CLEAN_ENVIRONMENT,
        cwd=ground.place,
        signal_at_death=signal.SIGINT,
        stop_signal=signal.SIGINT,
        grace=20.0,
        user=ground.user,
        before_start=partial(clear_lock_file, data),
    )


def wait_until_ready(process: subprocess.Popen[bytes], credentials: Credentials, log: Path, offset: int) -> None:
    """Return when PostgreSQL answers and holds our database. `offset` is where this start begins in the log.

    Raises EmbeddedError with PostgreSQL's own reason when it ends, or when it takes too long.
    """
    deadline = time.monotonic() + READY_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with psycopg.connect(credentials.superuser_url, connect_timeout=5, autocommit=True) as connection:
                _ensure_database(connection, credentials)
                return
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    "The password kept in the home does not fit its database: restore both together."
                ) from error
            time.sleep(0.02)
    raise from_log("PostgreSQL", log, tail(log, offset))


def _ensure_database(connection: psycopg.Connection, credentials: Credentials) -> None:
    """A database owned by a login that is no superuser; the superuser serves for nothing else."""
    owner, database = sql.Identifier(OWNER), sql.Identifier(DATABASE)
    roles = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (OWNER,)).fetchone()
    verb = sql.SQL("ALTER" if roles else "CREATE")
    password = sql.Literal(credentials.owner_password)
    connection.execute(sql.SQL("{} ROLE {} LOGIN CREATEROLE PASSWORD {}").format(verb, owner, password))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))


def tail(log: Path, offset: int) -> str:
    """What was written to the log since `offset`, at most its last 8 kB."""
    try:
        with log.open("rb") as lines:
            size = lines.seek(0, 2)
            lines.seek(max(offset if offset <= size else 0, size - 8_000))
            return lines.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
