"""LinkedIn's addresses and headers: where its calls go, and where people see a post."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from domain.secret import Secret
from publishers.contract import Account, AccountKind
from publishers.http import Wire, is_there
from publishers.oauth import Now
from publishers.refusals import Refusals

_POST = re.compile(r"urn:li:(?:share|ugcPost):\d{1,25}")
_HOSTS = (".linkedin.com", ".licdn.com")


@dataclass(frozen=True, slots=True)
class Api:
    """Everything the parts of this folder share. `base` and `site` have no slash at the end; `version` is YYYYMM."""

    wire: Wire
    base: str
    site: str
    version: str
    refusals: Refusals
    now: Now

    def request(self, method: str, path: str, token: Secret, **more: Any) -> httpx.Request:
        """A call of the versioned interface; `path` begins with /rest. URNs in it are quoted already."""
        headers = {
            "linkedin-version": self.version,
            "x-restli-protocol-version": "2.0.0",
            **more.pop("headers", {}),
        }
        return self.wire.request(method, self.base + path, token=token, headers=headers, **more)

    def permalink(self, urn: str) -> str:
        return f"{self.site}/feed/update/{urn}/"

    def profile(self, account: Account) -> str:
        """Where a person may look for the account's posts. A member's URN opens no page, so their name is searched."""
        if account.kind is AccountKind.ORGANISATION:
            return f"{self.site}/company/{quote(account.remote_id.rpartition(':')[2], safe='')}/posts/"
        return f"{self.site}/search/results/people/?keywords={quote(account.name, safe='')}"

    def is_ours_to_upload(self, url: object) -> bool:
        """Whether an upload address may get bytes and token: LinkedIn's own hosts, or where the API itself is."""
        return is_there(url, self.base, lambda host: host.endswith(_HOSTS))


def is_post(value: object) -> bool:
    """Only shares and ugcPosts can be read, measured and deleted by LinkedIn's interface."""
    return isinstance(value, str) and _POST.fullmatch(value) is not None


def is_media(value: object, kind: str) -> bool:
    """`kind` is LinkedIn's: image, video, document."""
    return isinstance(value, str) and re.fullmatch(f"urn:li:{kind}:[A-Za-z0-9_-]{{1,200}}", value) is not None


def urn_in_path(urn: str) -> str:
    return quote(urn, safe="")
