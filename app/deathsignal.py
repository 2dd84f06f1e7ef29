"""A child never outlives its parent: what Linux offers for that, and a launcher which sets it up before a program runs.

Run as a script it gives up root, asks for the signal, checks that the parent still lives and becomes the program:
`python -I -S deathsignal.py SIGNAL PARENT UID GID PROGRAM [ARGUMENT …]` (UID and GID `-` keep the user). The order
matters, because the kernel forgets the signal when the user changes. It imports nothing of ours.
"""

import ctypes
import os
import signal
import sys
import warnings  # noqa: F401 - execvp wants it, when the library may already be out of reach
from collections.abc import MutableMapping, Sequence

PARENT_VARIABLE = "AMARKTAI_DIES_WITH"  # the Makefile puts make's process id here
PARENT_GONE = 75  # EX_TEMPFAIL: started by somebody who no longer exists
CANNOT_RUN = 126
_PR_SET_PDEATHSIG = 1


def set_death_signal(number: signal.Signals) -> None:
    """Ask the kernel for `number` when the thread that started this process ends. No effect outside Linux.

    Forked children do not inherit it; a program keeps it over exec; changing the user clears it (prctl(2)).
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def follow_parent(expected: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Die with the process `expected`, our parent; every process of ours which another one forked calls this first.

    Exits at once when that parent has gone already: the signal is only sent for a death that is still to come.
    """
    set_death_signal(number)
    if os.getppid() != expected:
        raise SystemExit(PARENT_GONE)


def die_with_parent(
    expected: int | None = None, number: signal.Signals = signal.SIGTERM, environ: MutableMapping[str, str] = os.environ
) -> None:
    """Stop in good order when the parent dies, whatever kills it; `make demo` is watched over in this way.

    Without `expected` the parent is the process named in AMARKTAI_DIES_WITH; without that nothing happens, so that a
    command typed into a shell may outlive it. The variable is taken away, for it means this process only.
    """
    named = environ.pop(PARENT_VARIABLE, "")
    if expected is None and named.isdecimal():
        expected = int(named)
    if expected is not None:
        follow_parent(expected, number)


def launcher(
    program: Sequence[str], *, signal_at_death: signal.Signals, user: tuple[int, int] | None = None
) -> list[str]:
    """The command line which runs `program` as `user` (uid, gid) and dies with the calling thread, by that signal."""
    uid, gid = user or ("-", "-")
    ours = [sys.executable, "-I", "-S", __file__, str(int(signal_at_death)), str(os.getpid()), str(uid), str(gid)]
    return [*ours, *program]


def _become(arguments: list[str]) -> None:
    number, parent, uid, gid, *program = arguments
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    follow_parent(int(parent), signal.Signals(int(number)))
    os.umask(0o077)
    try:
        os.execvp(program[0], program)  # noqa: S606 - there is no shell on purpose
    except OSError as error:
        sys.stderr.write(f"{program[0]} cannot be run: {error.strerror}\n")
        raise SystemExit(CANNOT_RUN) from error


if __name__ == "__main__":
    _become(sys.argv[1:])
