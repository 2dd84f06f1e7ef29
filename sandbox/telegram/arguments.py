"""Reads what came with a Bot API call: query, form, multipart or JSON, with uploaded files by field."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request

from sandbox.telegram.refusals import Refused


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call. Forms carry JSON as text; the getters even that out."""

    given: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether a value came that is not empty."""
        return self.given.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """A text argument, "" when absent."""
        value = self.given.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """A true or false."""
        value = self.given.get(name, False)
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int = 0) -> int:
        """A whole number."""
        text = self.text(name)
        return int(text) if text.removeprefix("-").isdecimal() else default

    def structure(self, name: str, refusal: str, **words: Any) -> Any:
        """A JSON argument; None when absent. Raises `refusal` for broken JSON."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise Refused(refusal, **words) from error


async def read(request: Request) -> Arguments:
    """The arguments of a request; a body that cannot be read is an empty one, as on the real server."""
    given: dict[str, Any] = dict(request.query_params)
    files: dict[str, bytes] = {}
    if request.method != "POST":
        return Arguments(given, files)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            body = {}
        return Arguments({**given, **body} if isinstance(body, dict) else given, files)
    async with request.form(max_part_size=16 * 1024 * 1024) as form:
        for name, value in form.multi_items():
            if isinstance(value, str):
                given[name] = value
            else:
                files[name] = await value.read()
    return Arguments(given, files)
