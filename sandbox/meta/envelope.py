"""The error envelope of the Graph API: code, subcode, words for people, and a trace id that is new each time."""

import secrets
from typing import Any

from sandbox.refusals import Refusal, Refused

CHALLENGE = 'OAuth "Facebook Platform" "invalid_token" "{message}"'


def row(
    name: str,
    number: int,
    message: str,
    when: str,
    *,
    subcode: int | None = None,
    status: int = 400,
    kind: str = "OAuthException",
    title: str | None = None,
    advice: str | None = None,
    transient: bool = False,
) -> Refusal:
    """One row of a table of refusals. `title` and `advice` are error_user_title and error_user_msg."""
    error: dict[str, Any] = {"message": message, "type": kind, "code": number}
    if subcode is not None:
        error["error_subcode"] = subcode
    if title is not None:
        error |= {"is_transient": transient, "error_user_title": title, "error_user_msg": advice}
    elif transient:
        error["is_transient"] = True
    error["fbtrace_id"] = "{fbtrace}"
    headers = {"WWW-Authenticate": CHALLENGE.replace("{message}", message)} if number == 190 else {}
    return Refusal(name, status, {"error": error}, when, headers)


def refused(refusal: Refusal, **words: str) -> Refused:
    """The refusal of that row with a fresh trace id, ready to be raised."""
    return Refused(refusal, fbtrace=trace(), **words)


def trace() -> str:
    """An fbtrace_id: A and 22 characters."""
    return "A" + secrets.token_urlsafe(17)[:22]
