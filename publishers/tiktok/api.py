"""TikTok's addresses and its envelope: where calls go, what an answer says, where people see a post."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpx

from domain.secret import Secret
from publishers.contract import Receipt
from publishers.http import Answer, Wire, is_there
from publishers.oauth import Now
from publishers.refusals import Refusals

_POST = re.compile(r"\d{1,20}")
_PUBLISH = re.compile(r"[A-Za-z0-9_.~-]{1,64}")
_CREATOR = re.compile(r"[\w.]{1,64}")
_HOST = ".tiktokapis.com"
_JSON = {"content-type": "application/json; charset=UTF-8"}


@dataclass(frozen=True, slots=True)
class Api:
    """Everything the parts of this folder share. `base` and `site` have no slash at the end."""

    wire: Wire
    base: str
    site: str
    refusals: Refusals
    now: Now

    def request(self, path: str, token: Secret, body: Mapping[str, Any], **more: Any) -> httpx.Request:
        return self.wire.request("POST", self.base + path, token=token, headers=_JSON, json=dict(body), **more)

    async def look(self, path: str, token: Secret, body: Mapping[str, Any], **more: Any) -> Answer:
        """A call without effect. Raises `TryLater` when nothing whole came."""
        return meant(await self.wire.read(self.request(path, token, body, **more)))

    def is_ours_to_upload(self, url: object) -> bool:
        """Whether an upload address may get the film: TikTok's own hosts, or where the API itself is."""
        return is_there(url, self.base, lambda host: host.endswith(_HOST))

    def profile(self, creator: str) -> str:
        """Where a person sees the account's posts; `creator` with or without @. The front page when it is no name."""
        name = creator.removeprefix("@")
        return f"{self.site}/@{quote(name, safe='')}" if _CREATOR.fullmatch(name) else self.site

    def receipt(self, publish_id: str, post_id: str | None, creator: str, sort: str) -> Receipt:
        """Named by the post's own id where TikTok tells it. Until then, and for ever where a post is not for all, by
        the publish_id, by which TikTok can be asked again; there is no link to such a post."""
        if post_id is None:
            return Receipt(publish_id)
        return Receipt(post_id, f"{self.profile(creator)}/{sort}/{post_id}")


def meant(answer: Answer) -> Answer:
    """The same answer with the status that its code deserves: TikTok also refuses with 200, and a missing right is no
    dead token."""
    told = answer.fields().get("error")
    code = told.get("code") if isinstance(told, dict) else None
    refused_politely = answer.ok and isinstance(code, str) and code != "ok"
    return replace(answer, status=403) if refused_politely or code == "scope_not_authorized" else answer


def told_in(answer: Answer) -> dict[str, Any]:
    """What the answer is about; empty when it is nothing that TikTok says."""
    found = answer.fields().get("data")
    return found if isinstance(found, dict) else {}


def is_post(value: object) -> bool:
    """A post's own id: only these can be read and measured."""
    return isinstance(value, str) and value.isascii() and _POST.fullmatch(value) is not None


def is_publish(value: object) -> bool:
    """The number of a post on its way, by which TikTok tells what became of it."""
    return isinstance(value, str) and _PUBLISH.fullmatch(value) is not None and not is_post(value)
