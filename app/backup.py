"""A copy of the embedded database and the media, and the way back: `amarktai backup` and `amarktai restore`.

A backup is one tar file: a dump PostgreSQL of any later version can read, the roles without their passwords, the media
folder, and a list of SHA-256 sums. The master keys are never in it: without them the accounts' tokens cannot be read.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from app.deathsignal import launcher
from app.embedded import Embedded, EmbeddedError, attend
from app.embedded.credentials import DATABASE, OWNER, SUPERUSER, Credentials
from app.embedded.errors import in_words
from app.embedded.ground import CLEAN_ENVIRONMENT, Ground, prepare

FORMAT = 1
KEYS_STAY = (
    "The master keys (AMARKTAI_KEYS) are not in it, on purpose: keep them elsewhere; without them the connected "
    "accounts cannot be used after a restore."
)
_CONTENTS, _DUMP, _ROLES = "contents.json", "database.dump", "roles.sql"
_NEW, _FORMER = f"{DATABASE}_restored", f"{DATABASE}_former"


class BackupError(Exception):
    """The backup or restore did not happen; the text says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: written first, checked before anything is touched."""

    made_at: str
    postgres: str
    sums: dict[str, str] = field(default_factory=dict)  # SHA-256 by name within the archive
    format: int = FORMAT


def backup(home: Path, target: Path | None = None, *, yes: bool = False, say: Callable[[str], None] = print) -> Path:
    """Write a backup of the home, whether its servers run or not; the path of the file, which only we can read.

    Raises BackupError when the file is there and `yes` was not said, EmbeddedError when the servers do not start.
    """
    now = datetime.now(UTC)
    path = (target or Path(f"amarktai-{now:%Y%m%dT%H%M%SZ}.backup")).absolute()
    if path.exists() and not yes:
        raise BackupError(f"{path} is there already: name another file, or say --yes to replace it.")
    with attend(home, say) as servers, _working_folder(path.parent) as folder:
        _dump(home, servers, folder)
        media = _media_of(home)  # after the dump: it holds whatever the dump speaks of, for media are never changed
        files = {_DUMP: folder / _DUMP, _ROLES: folder / _ROLES} | media
        contents = Contents(
            now.isoformat(), _server_version(servers), {name: _sum(file) for name, file in files.items()}
        )
        (folder / _CONTENTS).write_text(json.dumps(asdict(contents), indent=1))
        part = folder / "part"
        with tarfile.open(part, "w") as archive:
            for name, file in ({_CONTENTS: folder / _CONTENTS} | files).items():
                archive.add(file, arcname=name, recursive=False)
        part.chmod(0o600)
        part.replace(path)
    say(f"{path} holds the database and {len(media)} media files. {KEYS_STAY}")
    return path


def restore(home: Path, source: Path, *, yes: bool = False, say: Callable[[str], None] = print) -> None:
    """Put a backup in the place of what the home holds. Publishing stays refused until `amarktai restore-accept`.

    The former database stands until the restored one is complete. Raises BackupError when the file is no whole backup,
    or the home is not empty and `yes` was not said; AlreadyRunning while the home is in use.
    """
    with _working_folder(_existing(home)) as folder:
        contents = _unpack(source, folder)
        embedded = Embedded(home, say=say)
        embedded.start()
        try:
            servers = Credentials.read(home)
            if servers is None:
                raise BackupError(f"{home} was emptied while its servers were started: try again.")
            if not yes and not _is_empty(servers):
                raise BackupError(
                    f"{home} holds a database already: say --yes to replace it, or set AMARKTAI_HOME otherwise."
                )
            _replace_database(prepare(home, say), servers, folder)
            _put_media(home, folder, contents)
        finally:
            embedded.stop()
    say(
        f"{source} of {contents.made_at} is restored. Nothing is published until `amarktai restore-accept`. {KEYS_STAY}"
    )


def mark_restored(connection: psycopg.Connection[Any]) -> None:
    """Tell the database that it is a copy of an earlier state, if its schema knows the word `installation`."""
    found = connection.execute("SELECT to_regclass('public.installation')").fetchone()
    if found and found[0]:
        connection.execute("UPDATE installation SET restored_at = now()")


def _dump(home: Path, servers: Credentials, folder: Path) -> None:
    """As the superuser, because row-level security hides every tenant's rows from the owner."""
    ground = prepare(home, lambda _: None)
    _write(ground, servers, ["pg_dump", "-Fc", "--compress=6", DATABASE], folder / _DUMP)
    _write(ground, servers, ["pg_dumpall", "--roles-only", "--no-role-passwords"], folder / _ROLES)


def _write(ground: Ground, servers: Credentials, argv: list[str], target: Path) -> None:
    with target.open("wb") as out:
        _program(ground, servers, argv, stdout=out)


def _program(ground: Ground, servers: Credentials, argv: list[str], **streams: Any) -> str:
    """Run one of PostgreSQL's programs as the superuser, reading and writing through us; what it complained of."""
    at = urlsplit(servers.superuser_url)
    environment = CLEAN_ENVIRONMENT | {"PGHOST": "127.0.0.1", "PGPORT": str(at.port), "PGUSER": SUPERUSER}
    done = subprocess.run(
        launcher([str(ground.postgres / argv[0]), *argv[1:]], signal_at_death=signal.SIGTERM, user=ground.user),
        env=environment | {"PGPASSWORD": servers.superuser_password},
        cwd=ground.place,
        stderr=subprocess.PIPE,
        check=False,
        **streams,
    )
    words: str = done.stderr.decode(errors="replace").strip()
    if done.returncode:
        raise BackupError(f"{argv[0]} failed: {words or f'code {done.returncode}'}. Nothing was changed.")
    return words


def _unpack(source: Path, folder: Path) -> Contents:
    """Unpack a backup and compare every sum, before anything of the home is touched."""
    try:
        with tarfile.open(source) as archive:
            for member in archive:
                _extract(archive, member, folder)
        contents = Contents(**json.loads((folder / _CONTENTS).read_text()))
    except FileNotFoundError as error:
        raise BackupError(f"{source} does not exist, or is no backup of Amarktai.") from error
    except (tarfile.TarError, json.JSONDecodeError, TypeError, EOFError) as error:
        raise BackupError(f"{source} is no whole backup of Amarktai ({error}).") from error
    if contents.format != FORMAT:
        raise BackupError(f"{source} was made by a newer version: restore it with that one.")
    if not all(_is_ours(name) for name in contents.sums):
        raise BackupError(f"{source} names files that no backup of Amarktai has.")
    wrong = [
        name for name, known in contents.sums.items() if not (folder / name).is_file() or _sum(folder / name) != known
    ]
    if wrong or _DUMP not in contents.sums or _ROLES not in contents.sums:
        raise BackupError(f"{source} is damaged ({', '.join(wrong[:3]) or 'the dump'} differs): use another backup.")
    return contents


def _is_ours(name: str) -> bool:
    """A backup comes from outside: only names that we give, and none that leads out of the folder."""
    parts = PurePosixPath(name).parts
    return name in {_CONTENTS, _DUMP, _ROLES} or (len(parts) > 1 and parts[0] == "media" and ".." not in parts)


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    content = archive.extractfile(member) if member.isreg() and _is_ours(member.name) else None
    if content is None:
        raise BackupError(f"{archive.name!s} holds {member.name}, which no backup of Amarktai has.")
    (folder / member.name).parent.mkdir(parents=True, exist_ok=True)
    with (folder / member.name).open("wb") as out:
        shutil.copyfileobj(content, out)


def _is_empty(servers: Credentials) -> bool:
    with psycopg.connect(servers.database_url) as connection:
        return not connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone()


def _replace_database(ground: Ground, servers: Credentials, folder: Path) -> None:
    _restore_roles(ground, servers, folder)
    with psycopg.connect(servers.superuser_url, autocommit=True) as connection:
        _drop(connection, _NEW)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(_NEW), sql.Identifier(OWNER)))
        with (folder / _DUMP).open("rb") as dump:
            _program(ground, servers, ["pg_restore", "--exit-on-error", "--single-transaction", "-d", _NEW], stdin=dump)
        with psycopg.connect(servers.superuser_url.removesuffix("postgres") + _NEW) as restored:
            mark_restored(restored)
        _drop(connection, _FORMER)
        with connection.transaction():  # a kill between the two would leave no database of that name
            for name, becomes in ((DATABASE, _FORMER), (_NEW, DATABASE)):
                names = [sql.Identifier(name), sql.Identifier(becomes)]
                connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
        _drop(connection, _FORMER)


def _restore_roles(ground: Ground, servers: Credentials, folder: Path) -> None:
    """Roles that are there already keep their passwords; whoever migrates gives the others theirs."""
    with (folder / _ROLES).open("rb") as roles:
        words = _program(
            ground, servers, ["psql", "-X", "-q", "-d", "postgres"], stdin=roles, stdout=subprocess.DEVNULL
        )
    wrong = [line for line in words.splitlines() if "ERROR" in line and "already exists" not in line]
    if wrong:
        raise BackupError(f"The roles of the backup cannot be made: {wrong[0]}. Nothing was changed.")


def _drop(connection: psycopg.Connection[Any], database: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _media_of(home: Path) -> dict[str, Path]:
    media = home / "media"
    return {f"media/{file.relative_to(media)}": file for file in sorted(media.rglob("*")) if file.is_file()}


def _put_media(home: Path, folder: Path, contents: Contents) -> None:
    """Beside what is there: media are named after what they contain, so equal names are equal files."""
    for name in contents.sums:
        if name.startswith("media/"):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).replace(home / name)


def _server_version(servers: Credentials) -> str:
    with psycopg.connect(servers.database_url) as connection:
        return str(connection.info.server_version)


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _existing(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise in_words(error, home) from error
    return home


@contextlib.contextmanager
def _working_folder(beside: Path) -> Iterator[Path]:
    """A private folder on the same disk as the result, so that the last step is a rename. Refusals come in words."""
    try:
        with tempfile.TemporaryDirectory(dir=beside, prefix=".amarktai-") as folder:
            yield Path(folder)
    except EmbeddedError:
        raise
    except OSError as error:
        raise BackupError(
            f"{beside} cannot be written: {os.strerror(error.errno or 0)}. Nothing was changed."
        ) from error
