"""Reads what came with a Slack call: query, form or JSON, with the token wherever Slack takes it."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from sandbox.slack.refusals import Refused, missing


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call. Forms carry everything as text, JSON as it is: the getters even that out."""

    given: dict[str, Any]
    token: str | None
    client: tuple[str, str] | None  # id and secret from HTTP Basic

    def has(self, name: str) -> bool:
        """Whether a value came that is not empty."""
        return self.given.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        """A text argument."""
        value = self.given.get(name)
        return default if value is None else str(value)

    def need(self, name: str) -> str:
        """A text argument that must be there. Raises invalid_arguments."""
        if not self.has(name):
            raise missing(name)
        return self.text(name)

    def flag(self, name: str, default: bool = False) -> bool:
        """A true or false, also as "true", "1", "0"."""
        value = self.given.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def count(self, name: str, default: int, most: int) -> int:
        """A number between 1 and `most`."""
        text = self.text(name)
        return min(most, max(1, int(text))) if text.isdecimal() else default

    def structure(self, name: str, refusal: str) -> Any:
        """A JSON argument, as text or as it is; None when it did not come. Raises `refusal` for broken JSON."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise Refused(refusal) from error


async def read(request: Request) -> Arguments:
    """The arguments of a request. Raises invalid_json, json_not_object."""
    bearer, client = _authorization(request.headers.get("authorization", ""))
    given: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.method == "POST" and kind == "application/json":
        given |= await _json(request)
    elif request.method == "POST":
        async with request.form() as form:
            for name, value in form.multi_items():
                given[name] = value if isinstance(value, str) else await value.read()
        bearer = bearer or (str(given["token"]) if given.get("token") else None)
    else:
        bearer = bearer or given.get("token")
    return Arguments(given, bearer, client)


async def _json(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError as error:
        raise Refused("invalid_json") from error
    if not isinstance(body, dict):
        raise Refused("json_not_object")
    return body


def _authorization(header: str) -> tuple[str | None, tuple[str, str] | None]:
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer":
        return value.strip() or None, None
    if kind.lower() != "basic":
        return None, None
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return None, (name, secret)
