"""Who said what to whom: every exchange between the product and the twins, with the secrets blacked out."""

import re
import time
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

KEEP = 1000  # exchanges in memory
CLIP = 8192  # characters of a body
MASK = "•••"
TOKENS = re.compile(
    r"(?P<keep>Bearer\s+|Basic\s+|xox[a-z]-|xapp-|\d{5,10}:(?=SANDBOX)"
    r'|"(?:access_token|refresh_token|client_secret|secret_token|code_verifier|code)"\s*:\s*"'
    r"|\b(?:access_token|refresh_token|client_secret|secret_token|code_verifier|token)=)"
    r"[^\s\"&]+"
)


class Traffic:
    """A ring in memory and HOME/traffic.jsonl. Numbers go up, so a reader can ask for what came since."""

    def __init__(self, path: Path, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secrets)
        self._ring: deque[dict[str, Any]] = deque(maxlen=KEEP)
        self._file = path.open("ab", buffering=0)
        self._number = 0

    def record(
        self,
        *,
        direction: str,
        twin: str,
        method: str,
        path: str,
        status: int | None,
        request: str | bytes,
        response: str | bytes,
        seconds: float = 0.0,
        note: str = "",
    ) -> dict[str, Any]:
        """Keep one exchange and return it as shown. direction "in": product → twin; "out": twin → product.

        `status` None: no answer was given. Bodies are clipped and masked here; bytes that are no text are counted only.
        """
        self._number += 1
        exchange = {
            "number": self._number,
            "at": time.time(),
            "direction": direction,
            "twin": twin,
            "method": method,
            "path": self._masked(path),
            "status": status,
            "request": self._masked(_text(request)),
            "response": self._masked(_text(response)),
            "seconds": round(seconds, 4),
            "note": note,
        }
        self._ring.append(exchange)
        self._file.write(orjson.dumps(exchange) + b"\n")
        return exchange

    def since(self, number: int = 0) -> list[dict[str, Any]]:
        """The exchanges in memory with a higher number, oldest first."""
        return [exchange for exchange in self._ring if exchange["number"] > number]

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return TOKENS.sub(lambda found: found["keep"] + MASK, text)


def _text(body: str | bytes) -> str:
    if isinstance(body, bytes):
        try:
            body = body.decode()
        except UnicodeDecodeError:
            return f"({len(body)} bytes)"
    return body if len(body) <= CLIP else f"{body[:CLIP]}… ({len(body)} characters)"


def headline(headers: Mapping[str, str]) -> str:
    """The few headers worth showing, one a line."""
    wanted = ("content-type", "linkedin-version", "x-restli-id", "x-rate-limit-remaining", "retry-after")
    return "\n".join(f"{name}: {headers[name]}" for name in wanted if name in headers)
