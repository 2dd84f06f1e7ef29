"""Facebook Login, which opens Pages and the Instagram accounts that are linked to them: consent, tokens, Pages.

A person's token lives for an hour, exchanged for sixty days; a Page's token that comes from a long one does not expire.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.accounts import Grant, GrantRefused
from domain.platforms import Platform
from domain.publishing import TryLater
from domain.secret import Secret
from publishers.http import READ_PAUSES, Answer
from publishers.meta import Graph, is_id, telling
from publishers.oauth import parse_grant, plausible, require, with_query

_OURS = re.compile(r"^#(?:101/|1/)")
_GONE = re.compile(r"^#(?:100|102|190|458|459|460)/")
_PAGES_A_CALL = 100
_DEEPEST = 20
POSTING = "CREATE_CONTENT"
"""The task on a Page without which a person may not post there."""


@dataclass(frozen=True, slots=True)
class Page:
    """A Page that the person showed to us. `instagram` is the id of the professional account linked to it."""

    id: str
    name: str
    token: Secret = field(repr=False)
    tasks: tuple[str, ...]
    instagram: str | None


@dataclass(frozen=True)
class MetaLogin:
    """The part of `Connector` that both platforms share. `required` are the scopes without which nothing works."""

    graph: Graph
    authorize: str
    client_id: str
    client_secret: Secret = field(repr=False)
    platform: Platform
    scopes: tuple[str, ...]
    required: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.graph.wire.name

    def authorize_url(self, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Where to send the person. Facebook Login has no proof keys for web applications: `verifier` stays at home.

        `rerequest`: what the person once declined is asked again; without it Meta stays silent about it.
        """
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "scope": ",".join(self.scopes),
            "auth_type": "rerequest",
        }
        return with_query(self.authorize, fields)

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> Grant:
        """The code works once; its short token is exchanged for a long one at once, and what was declined is named.

        Raises `GrantRefused`, `TryLater`.
        """
        short = await self._grant({"code": code, "redirect_uri": redirect_uri})
        long = await self._long_lived(short.access_token)
        allowed, declined = await self._permissions(long.access_token)
        if not allowed:
            raise GrantRefused(f"{self.name} was allowed nothing. Connect again and leave every box ticked.")
        missing = [scope for scope in self.required if scope in declined]
        if missing:
            raise GrantRefused(
                f"{self.name}: you declined {', '.join(missing)}. Connect again; you are asked for it once more."
            )
        grant = Grant(long.access_token, None, long.expires_at, allowed)
        return require(grant, self.required, self.name)

    async def refresh(self, refresh_token: Secret) -> Grant:
        """A new long-lived token for a person's token that still lives; nothing rotates. Pages need none of it.

        Raises `GrantRefused`, `TryLater`.
        """
        if not refresh_token:
            raise GrantRefused(f"{self.name} no longer accepts this connection. Connect the account again.")
        return await self._long_lived(refresh_token)

    async def revoke(self, token: Secret) -> None:
        """Ends a person's grant. A Page's token cannot: it is one of several that hang on the same person, and the
        others go on. Raises `TryLater`."""
        answer = await self.graph.wire.step(self.graph.request("DELETE", "/me/permissions", token))
        if not answer.ok and not _GONE.search(telling(answer)):
            raise TryLater(f"{self.name} answered {answer.status} when asked to end the connection.")

    async def pages(self, token: Secret) -> tuple[Page, ...]:
        """The Pages that the person of this token showed to us, with their own tokens. Raises `GrantRefused`, `TryLater`."""
        found: list[Page] = []
        asked = {
            "fields": "id,name,access_token,tasks,instagram_business_account",
            "limit": str(_PAGES_A_CALL),
        }
        for _ in range(_DEEPEST):
            body = await self._look("/me/accounts", token, "your Pages", asked)
            listed = body.get("data")
            found += [page for page in map(_page, listed if isinstance(listed, list) else []) if page is not None]
            after = _next(body)
            if after is None or after == asked.get("after"):
                return tuple(found)
            asked["after"] = after
        return tuple(found)

    async def _long_lived(self, token: Secret) -> Grant:
        """Repeatable, and repeated on a blip: the code that led here cannot be used again."""
        form = {"grant_type": "fb_exchange_token", "fb_exchange_token": token.reveal()}
        for pause in READ_PAUSES:
            try:
                return await self._grant(form)
            except TryLater:
                await self.graph.wire.pause(pause)
        return await self._grant(form)

    async def _grant(self, form: Mapping[str, str]) -> Grant:
        """One call of the token endpoint. By POST, so that no secret stands in an address."""
        url = f"{self.graph.base}/oauth/access_token"
        filled = {**form, "client_id": self.client_id, "client_secret": self.client_secret.reveal()}
        answer = await self.graph.wire.step(self.graph.wire.request("POST", url, data=filled))
        if answer.status == 200:
            return parse_grant(answer.fields(), self.name, None, self.graph.now())
        raise self._refused(answer)

    def _refused(self, answer: Answer) -> GrantRefused | TryLater:
        told = telling(answer)
        if answer.status < 500 and _OURS.search(told) and not told.endswith(" transient"):
            key = "Meta does not know this installation: check FACEBOOK_CLIENT_ID and FACEBOOK_CLIENT_SECRET."
            return TryLater(f"{self.name}: {key}")
        if answer.status < 500 and _GONE.search(told):
            return GrantRefused(f"{self.name} no longer accepts this connection. Connect the account again.")
        return TryLater(f"{self.name} answered {answer.status} when asked for a token.")

    async def _permissions(self, token: Secret) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The scopes that the person granted, and those that were declined."""
        body = await self._look("/me/permissions", token, "what you allowed", {})
        listed = body.get("data")
        lines = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        named = [(line.get("permission"), line.get("status")) for line in lines]
        granted = tuple(scope for scope, status in named if isinstance(scope, str) and status == "granted")
        return granted, tuple(scope for scope, status in named if isinstance(scope, str) and status != "granted")

    async def _look(self, path: str, token: Secret, what: str, asked: Mapping[str, str]) -> dict[str, Any]:
        answer = await self.graph.wire.read(self.graph.request("GET", path, token, params=asked))
        if answer.status == 200 and isinstance(answer.fields().get("data"), list):
            return answer.fields()
        if answer.status < 500 and re.match(r"#(?:102|190|10|2\d\d)/", telling(answer)):
            raise GrantRefused(f"{self.name} does not show us {what}. Connect the account again.")
        raise TryLater(f"{self.name} answered {answer.status} when asked for {what}.")


def _page(listed: object) -> Page | None:
    """A Page as it is listed; None for what is none, or comes without a token."""
    if not isinstance(listed, dict) or not is_id(listed.get("id")) or not plausible(listed.get("access_token")):
        return None
    name, tasks, linked = listed.get("name"), listed.get("tasks"), listed.get("instagram_business_account")
    instagram = linked.get("id") if isinstance(linked, dict) else None
    return Page(
        listed["id"],
        name.strip() if isinstance(name, str) and name.strip() else f"Facebook Page {listed['id']}",
        Secret(listed["access_token"]),
        tuple(str(task) for task in tasks) if isinstance(tasks, list) else (),
        instagram if is_id(instagram) else None,
    )


def _next(body: Mapping[str, Any]) -> str | None:
    """The cursor of the next page of a listing. The address that the Graph offers is not followed: a token stands in it."""
    paging = body.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after else None
