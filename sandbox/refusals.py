"""One shape for what a twin refuses: a row that says when, with which status and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
