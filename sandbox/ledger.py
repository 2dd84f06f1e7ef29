"""The judge's book: every effect that a twin accepted, written down before the answer is chosen."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson


class Ledger:
    """HOME/ledger.jsonl, append-only. A line is {"at", "platform", "effect", "account", "rid", "payload"}.

    `at` is unix seconds; `rid` is the identity that the platform gave to the result (post id, message ts, …).
    """

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._entries = _read(path)
        self._file = path.open("ab", buffering=0)

    def accept(self, platform: str, effect: str, account: str, rid: str, payload: dict[str, Any]) -> None:
        """Record one accepted effect; on return it is on the disk (flushed and synced)."""
        entry = {
            "at": self._now(),
            "platform": platform,
            "effect": effect,
            "account": account,
            "rid": rid,
            "payload": payload,
        }
        line = orjson.dumps(entry) + b"\n"
        with self._lock:
            self._file.write(line)
            os.fdatasync(self._file.fileno())
            self._entries.append(line)

    def entries(self, platform: str | None = None) -> list[dict[str, Any]]:
        """Copies of the entries in the order of acceptance; all platforms, or one."""
        with self._lock:
            entries: list[dict[str, Any]] = [orjson.loads(line) for line in self._entries]
        return [entry for entry in entries if platform is None or entry["platform"] == platform]

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


def _read(path: Path) -> list[bytes]:
    """The whole lines of the file. A last line cut by a kill was never answered to anybody, so it is cut off."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) != len(content):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    return [line + b"\n" for line in whole.splitlines()]
