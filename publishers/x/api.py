"""X's addresses: where its calls go, and where people see a post."""

from dataclasses import dataclass
from typing import Any

import httpx

from domain.secret import Secret
from publishers.http import Wire
from publishers.oauth import Now
from publishers.refusals import Refusals


@dataclass(frozen=True, slots=True)
class Api:
    """Everything the parts of this folder share. `base` and `site` have no slash at the end."""

    wire: Wire
    base: str
    site: str
    refusals: Refusals
    now: Now

    def request(self, method: str, path: str, token: Secret, **more: Any) -> httpx.Request:
        return self.wire.request(method, self.base + path, token=token, **more)

    def permalink(self, post_id: str) -> str:
        """Works without knowing the user name."""
        return f"{self.site}/i/web/status/{post_id}"

    def profile(self, user_id: str) -> str:
        return f"{self.site}/i/user/{user_id}"


def is_id(value: object) -> bool:
    """X's ids are decimal strings of at most 19 digits; nothing else may stand in a path."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19
