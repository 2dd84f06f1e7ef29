"""The sandbox as `python -m sandbox` starts it, but every token, code and grant that the twins hand out bears the mark."""

import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import sandbox.secrets

MARK = "CNRYseal"  # as in tests/storm/canaries.py, which imports what the sandbox must not know


PUBLIC = ("AgAC", "BAAC", "BQAC", "C4E", "D4E", "C5F")
"""How names of files begin that chats and platforms give out: no secrets, and our database keeps them."""


def marked(prefix: str) -> str:
    return prefix + (secrets.token_hex(16) if prefix.startswith(PUBLIC) else f"{MARK}{secrets.token_hex(12)}")


sandbox.secrets.token = marked  # before anything takes it from there by name

from sandbox.__main__ import main  # noqa: E402

if __name__ == "__main__":
    main()
