"""What keeps long-running processes small: a library that others would load for nothing."""

import importlib
import sys

WITH_PLEASURE = ("structlog", "httpx")
"""Load rich, if it is there: for coloured tracebacks, and for a command line of their own."""


def load_without_rich() -> None:
    """Load these as if rich were not installed: it takes 3 MiB of every process, and no server shows what it is for.

    To be called before anything else imports them; whoever wants rich later gets it.
    """
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # how Python is told that there is no such module
    try:
        for name in WITH_PLEASURE:
            importlib.import_module(name)
    finally:
        del sys.modules["rich"]
