"""Valkey of our own: an append-only file, a password, 127.0.0.1, nothing ever evicted."""

import json
import signal
import socket
import subprocess
import time
from pathlib import Path

from app.embedded.credentials import Credentials
from app.embedded.errors import from_log
from app.embedded.ground import CLEAN_ENVIRONMENT, Ground
from app.embedded.postgres import tail
from app.processes import Command

READY_WITHIN = 30.0
_PONG = b"+OK\r\n+PONG\r\n"
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
databases 64
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""


def data_of(ground: Ground) -> Path:
    return ground.place / "valkey"


def configure(ground: Ground, credentials: Credentials) -> None:
    """Write its configuration, a file, because a password on a command line is there for all to read."""
    ground.run(["mkdir", "-p", data_of(ground)])
    folder = json.dumps(str(data_of(ground)), ensure_ascii=False)
    text = _CONFIGURATION.format(port=credentials.valkey_port, password=credentials.valkey_password, folder=folder)
    ground.write(ground.place / "valkey.conf", text)


def command(ground: Ground, log: Path) -> Command:
    """How Valkey runs; SIGTERM is its orderly end, also when we are killed."""
    return Command(
        name="valkey",
        argv=(str(ground.valkey), str(ground.place / "valkey.conf")),
        log=log,
        env=CLEAN_ENVIRONMENT,
        cwd=ground.place,
        signal_at_death=signal.SIGTERM,
        user=ground.user,
    )


def wait_until_ready(process: subprocess.Popen[bytes], credentials: Credentials, log: Path, offset: int) -> None:
    """Return when Valkey answers PING, its append-only file loaded. Raises EmbeddedError with its reason."""
    deadline = time.monotonic() + READY_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        if _pong(credentials):
            return
        time.sleep(0.01)
    raise from_log("Valkey", log, tail(log, offset))


def _pong(credentials: Credentials) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", credentials.valkey_port), timeout=2.0) as line:
            line.sendall(f"AUTH {credentials.valkey_password}\r\nPING\r\n".encode())
            answer = b""
            while len(answer) < len(_PONG) and (more := line.recv(256)):
                answer += more
    except OSError:
        return False
    return answer == _PONG
