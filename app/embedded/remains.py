"""What a killed predecessor left behind: servers that are still ending, lock files that name the dead, taken ports."""

import contextlib
import errno
import os
import signal
import socket
import time
from pathlib import Path

_PATIENCE = ((1.0, signal.SIGINT), (4.0, signal.SIGQUIT), (4.0, signal.SIGKILL), (4.0, signal.SIGKILL))  # seconds, then


def living(folder: Path) -> list[int]:
    """The processes that work in `folder`, zombies left out: both servers make their data their working directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile, or somebody else's
            if (entry / "cwd").readlink() == folder:  # a zombie has no working directory any more
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def wait_until_left(folder: Path) -> None:
    """Return when no process works in `folder`; those of a killed parent are on their way out, else they are pushed.

    Only whoever holds the lock of the home may call this: then the processes found can belong to nobody alive.
    """
    for patience, push in _PATIENCE:
        deadline = time.monotonic() + patience
        while living(folder):
            if time.monotonic() > deadline:
                for pid in living(folder):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, push)
                break
            time.sleep(0.02)
        else:
            return


def clear_lock_file(data: Path) -> None:
    """Remove a `postmaster.pid` whose PostgreSQL is dead, for its number may belong to a stranger or a zombie by now.

    Raises OSError(EBUSY) while its processes still end. PostgreSQL itself also looks at its shared memory.
    """
    if living(data):
        raise OSError(errno.EBUSY, "the former one is still ending")
    (data / "postmaster.pid").unlink(missing_ok=True)


def free_port(wanted: int) -> int:
    """The first port from `wanted` on which 127.0.0.1 accepts a listener."""
    for port in range(wanted, 65_536):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise OSError(errno.EADDRINUSE, f"no port from {wanted} on is free on 127.0.0.1")
