"""What Facebook and Instagram share: calls to Meta's Graph, its one envelope of errors, its throttling, its upload host.

Logging in is `publishers.meta_login`, bringing films `publishers.meta_upload`. Sources: Graph API v26.0, error bodies seen in 2026.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from domain.publishing import Block, ContentRefused, OutcomeUnknown, PublishError, TokenRejected, TryLater
from domain.secret import Secret
from publishers.http import Answer, Wire, is_there
from publishers.oauth import Now
from publishers.refusals import ANY_REFUSAL, Refusal, Refusals

_LONGEST_WAIT = timedelta(hours=26)
_HOUR_OF_THE_APPLICATION = timedelta(minutes=10)
_RECONNECT = "Connect the account again."
_HOSTS = (".facebook.com", ".instagram.com")
_DIALOG = re.compile(r"(?:/v[0-9.]+)?/dialog/oauth/?$")
_ID = re.compile(r"\d{1,25}")


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything the parts of a platform's folder share. `base` ends with the version, `site` is where people look;
    neither has a slash at the end."""

    wire: Wire
    base: str
    site: str
    refusals: Refusals
    now: Now

    def request(self, method: str, path: str, token: Secret, **more: Any) -> httpx.Request:
        return self.wire.request(method, self.base + path, token=token, **more)

    async def look(self, path: str, token: Secret, what: str, **params: str) -> dict[str, Any]:
        """GET, repeated on trouble. `what` names it in sentences. Raises `PublishError`."""
        return self.told(await self.wire.read(self.request("GET", path, token, params=params)), what)

    async def node(self, node: str, token: Secret, what: str, fields: str) -> dict[str, Any] | None:
        """Fields of one object; None when the Graph shows no such object (it is gone, or we may not see it)."""
        answer = await self.wire.read(self.request("GET", f"/{node}", token, params={"fields": fields}))
        return None if is_missing(answer) else self.told(answer, what)

    async def step(
        self, path: str, token: Secret, what: str, form: Mapping[str, str], files: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """POST of something that may be repeated. Raises `PublishError`."""
        return self.told(await self.wire.step(self.request("POST", path, token, data=form, files=files)), what)

    async def is_gone(self, node: str, owner: str, token: Secret) -> bool:
        """Whether the object is no longer there. Its Page or account (`owner`) must be readable, else nothing is said."""
        if await self.node(node, token, "the post", "id") is not None:
            return False
        return await self.node(owner, token, "the account", "id") is not None

    def told(self, answer: Answer, what: str) -> dict[str, Any]:
        """The body of a good answer. Raises `PublishError`, and `TryLater` for a good answer that says nothing."""
        if not answer.ok:
            raise self.trouble(answer, what)
        body = answer.fields()
        if not body:
            raise TryLater(f"{self.wire.name} answered nothing that makes sense for {what}.")
        return body

    def trouble(self, answer: Answer, what: str) -> PublishError:
        """What an answer to a repeatable call means. Trouble that may pass comes as 400 here, too."""
        if _PASSING.search(telling(answer)):
            return TryLater(f"{self.wire.name} has trouble with {what}.", retry_at(answer, self.now()))
        meant = self.refusals.of_step(answer, what)
        if isinstance(meant, TokenRejected):  # a missing right is told by its code, with 400 as often as with 403
            return TokenRejected(meant.sentence, not_permitted=lacks_a_right(answer))
        return meant

    def is_ours(self, url: object) -> bool:
        """Whether an upload address may get bytes and token: Meta's own hosts, or where the API itself is."""
        return is_there(url, self.base, lambda host: host.endswith(_HOSTS))


_NOT_PERMITTED = re.compile(r"^#(?:3|10|2\d\d)/")
_PASSING = re.compile(r"^#[12]/| transient$")


def site_of(authorize: str) -> str:
    """Where people see things, from the address of the consent page."""
    return _DIALOG.sub("", authorize).rstrip("/")


def is_id(value: object) -> bool:
    """Meta's ids of Pages, accounts, containers and media are decimal strings; nothing else may stand in a path."""
    return isinstance(value, str) and value.isascii() and _ID.fullmatch(value) is not None


def telling(answer: Answer) -> str:
    """What the table's patterns are searched in: "#code/subcode", " transient" after it; "#upload/Type" of the upload
    host; "" for a body that is not Meta's. Messages are left out: they quote what was sent."""
    body = answer.fields()
    error, info = body.get("error"), body.get("debug_info")
    if isinstance(error, dict) and isinstance(error.get("code"), int):
        subcode = error.get("error_subcode")
        passing = " transient" if error.get("is_transient") is True else ""
        return f"#{error['code']}/{subcode if isinstance(subcode, int) else 0}{passing}"
    if isinstance(info, dict):
        return f"#upload/{info.get('type')}{' transient' if info.get('retriable') is True else ''}"
    return ""


def is_missing(answer: Answer) -> bool:
    """The object does not exist, or we may not see it: Meta does not say which."""
    return answer.status in (400, 404) and telling(answer).startswith("#100/33")


def lacks_a_right(answer: Answer) -> bool:
    """Whether the token is good, but not for this call."""
    return _NOT_PERMITTED.search(telling(answer)) is not None


def row(pattern: str, error: Any, sentence: str) -> Refusal:
    """A row by code and subcode, whatever 4xx carries it. `pattern` is a regular expression for "code/subcode"."""
    return Refusal(ANY_REFUSAL, rf"^#(?:{pattern})(?: transient)?$", error, sentence)


def shared_rows(name: str) -> tuple[Refusal, ...]:
    """What Meta refuses on both platforms. A platform's own rows stand before these."""
    return (
        row(r"190/(?:458)", TokenRejected, f"{name}: the connection was removed in Facebook's settings. {_RECONNECT}"),
        row(
            r"190/(?:459|464)",
            TokenRejected,
            f"{name} wants you to log in and settle something there first. Do that, then: {_RECONNECT}",
        ),
        row(r"190/460", TokenRejected, f"{name}: the password was changed, which ends every connection. {_RECONNECT}"),
        row(r"(?:102|190|104)/\d+", TokenRejected, f"{name} no longer accepts this connection. {_RECONNECT}"),
        row(
            r"(?:3|10|2\d\d)/\d+",
            TokenRejected,
            f"{name} does not permit this for the account: {{words}} {_RECONNECT} Leave every box ticked.",
        ),
        row(
            r"(?:4|17|32|341|613|800\d\d)/\d+",
            TryLater,
            f"{name} asks us to wait: the allowance for this account is used up for now.",
        ),
        row(
            r"368/\d+",
            TokenRejected,
            f"{name} has blocked this account for a while: {{words}} Settle it there, then: {_RECONNECT}",
        ),
        row(r"\d+/1390008", TryLater, f"{name} finds that this account posts too fast. The post waits."),
        row(r"\d+/(?:1346003|1404102)", ContentRefused, f"{name} does not take this content. Edit the post."),
        row(
            r"\d+/1404078",
            TokenRejected,
            f"{name} wants the person to be authorised to publish for this Page. Settle it there, then: {_RECONNECT}",
        ),
        row(
            r"506/\d+|\d+/1366051", OutcomeUnknown, f"{name} says it already has this post. We look whether it is ours."
        ),
        row(r"1609005/\d+|1609008/\d+|2061006/\d+", ContentRefused, f"{name} does not accept the link. Edit the link."),
        row(
            r"\d+/(?:1366046|2069019)|324/\d+",
            ContentRefused,
            f"{name} cannot use a picture: {{words}} Edit the post and choose another one.",
        ),
        row(
            r"100/33",
            ContentRefused,
            f"{name} does not find what the post is made of. Edit the post, then approve again.",
        ),
        row(r"100/\d+", ContentRefused, f"{name} refused the post: {{words}} Edit it and approve again."),
    )


def refusals(name: str, own: tuple[Refusal, ...], now: Now) -> Refusals:
    """A platform's table: its own rows, then what both share; waits reckoned by `now`."""
    rows = (*own, *shared_rows(name))
    return Refusals(
        name,
        rows,
        lambda answer: retry_at(answer, now()),
        lambda _: None,
        telling,
        lambda answer: blocks(answer, now()),
    )


def retry_at(answer: Answer, now: datetime) -> datetime | None:
    """When the allowance is there again (UTC). A Page's and an Instagram account's header names the minutes; of the
    application's hour only the share used is told, and calling on lengthens the block. None: Meta does not say."""
    return next((block.until for block in blocks(answer, now)), None)


def blocks(answer: Answer, now: datetime) -> tuple[Block, ...]:
    """What an answer, a good one too, says is used up: first the Page's or account's own, then the application's."""
    waits = [
        timedelta(minutes=minutes)
        for entries in _header(answer, "x-business-use-case-usage").values()
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and type(minutes := entry.get("estimated_time_to_regain_access")) is int
    ]
    longest = max(waits, default=timedelta(0))
    own = (Block(now + longest),) if timedelta(0) < longest <= _LONGEST_WAIT else ()
    used_up = any(type(share) is int and share >= 100 for share in _header(answer, "x-app-usage").values())
    return (*own, Block(now + _HOUR_OF_THE_APPLICATION, "app")) if used_up else own


def _header(answer: Answer, name: str) -> dict[str, Any]:
    try:
        found = json.loads(answer.headers.get(name, ""))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
