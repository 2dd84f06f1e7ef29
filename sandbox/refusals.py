"""One shape for what a twin refuses: a row that says when, with which status and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response


@dataclass(frozen=True)
class Refusal:
    """One refusal of one platform.

    `code` names the row within its twin's table; `body` is the platform's own body (None: empty body);
    `when` says in a sentence what makes it fire. A test enumerates the tables and fires every row.
    """

    code: str
    http_status: int
    body: Mapping[str, Any] | None
    when: str
    headers: Mapping[str, str] = field(default_factory=dict)


def table(*rows: Refusal) -> dict[str, Refusal]:
    """The rows by code; a code that stands twice is a mistake in the table."""
    by_code = {row.code: row for row in rows}
    if len(by_code) != len(rows):
        raise ValueError("a refusal code stands twice in its table")
    return by_code


class Refused(Exception):
    """A twin refuses a call. Raised anywhere below an endpoint, which answers with the row."""

    def __init__(self, row: Refusal, **words: str) -> None:
        super().__init__(row.code)
        self.row = row
        self.words = words

    def response(self, **extra_headers: str) -> Response:
        """The platform's own answer, with the {placeholders} of the row filled in."""
        headers = {**{name: self._filled(value) for name, value in self.row.headers.items()}, **extra_headers}
        if self.row.body is None:
            return Response(status_code=self.row.http_status, headers=headers)
        return JSONResponse(self._filled(self.row.body), self.row.http_status, headers=headers)

    def _filled(self, part: Any) -> Any:
        match part:
            case str():
                for name, word in self.words.items():
                    part = part.replace("{" + name + "}", word)
                return part
            case Mapping():
                return {self._filled(key): self._filled(value) for key, value in part.items()}
            case list() | tuple():
                return [self._filled(value) for value in part]
            case _:
                return part
