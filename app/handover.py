"""What a process and whoever started it tell each other when one takes over from another: what listens, and that it works."""

import os
import socket
from pathlib import Path

from app.startup import CannotStart

HANDED = "AMARKTAI_LISTENER"
"""Environment: the number of a descriptor that listens already, in the place of an address of its own."""
READY = "AMARKTAI_READY"
"""Environment: the file to make then. Nobody waits where it is not set."""


def say_ready() -> None:
    """From now on we do our work."""
    named = os.environ.pop(READY, "")
    if named:
        Path(named).touch()


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections; the one that was handed to us, if so. Raises `CannotStart` when it cannot be had."""
    handed = os.environ.pop(HANDED, "")
    if handed.isdecimal():
        return socket.socket(fileno=int(handed))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise CannotStart(
            f"{host}:{port} cannot be listened on ({error.strerror or error}): stop what holds it, or choose another with --port."
        ) from None
