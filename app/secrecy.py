"""Keeps what a process holds in memory out of files that nobody watches: it leaves no core when it falls."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4


def leave_no_core() -> None:
    """From now on neither we nor what we start leave a core file, and ours is handed to no collector either.

    A limit of nought is inherited by children and over exec. It does not stop a core that the kernel pipes into a program
    (core(5)); what is not dumpable gets none at all (prctl(2)), and another process of the same user cannot read our memory.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
