"""What the twins remember: JSON documents by kind and key, committed at once, so a kill -9 forgets nothing."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import orjson

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, document BLOB NOT NULL,
    UNIQUE (kind, key));
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class State:
    """Documents in HOME/state.db with a mirror in memory. Each write is one committed transaction.

    Readers get their own copy: changing it changes nothing until it is put back.
    Several threads of one process may share it; two processes on one home may not.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        # WAL with NORMAL loses nothing when the process dies; only a power cut could take the last commits.
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        self._mirror: dict[str, dict[str, bytes]] = {}
        for kind, key, document in self._db.execute("SELECT kind, key, document FROM documents ORDER BY seq"):
            self._mirror.setdefault(kind, {})[key] = document
        self._counters: dict[str, int] = dict(self._db.execute("SELECT name, value FROM counters"))

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """A copy of the document, or None."""
        raw = self._mirror.get(kind, {}).get(key)
        return None if raw is None else _document(raw)

    def put(self, kind: str, key: str, document: dict[str, Any]) -> None:
        """Store the document under its key; on return it is on disk."""
        raw = orjson.dumps(document)
        with self._lock:
            self._db.execute(
                "INSERT INTO documents (kind, key, document) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, key) DO UPDATE SET document = excluded.document",
                (kind, key, raw),
            )
            self._mirror.setdefault(kind, {})[key] = raw

    def delete(self, kind: str, key: str) -> None:
        """Forget the document; forgetting an absent one is fine."""
        with self._lock:
            self._db.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))
            self._mirror.get(kind, {}).pop(key, None)

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Copies of every document of the kind, in the order in which their keys were first put."""
        with self._lock:
            return [_document(raw) for raw in self._mirror.get(kind, {}).values()]

    def next(self, counter: str) -> int:
        """The next number of a counter that never repeats, 1 at first."""
        with self._lock:
            value = self._counters.get(counter, 0) + 1
            self._db.execute(
                "INSERT INTO counters (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (counter, value),
            )
            self._counters[counter] = value
            return value

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()


def _document(raw: bytes) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(raw)
    return document
