"""A film on its way to LinkedIn: the places for its parts and what came of each, so that another worker goes on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from publishers.contract import TryLater, Video
from publishers.linkedin.api import Api, is_media

_LIFE_SECONDS = 3_600
"""How long the places are taken to be open when LinkedIn does not say."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A started upload. `parts` are (address, first byte, last byte); `tags` the ETags of those that are there, in order;
    `until` (unix seconds) the addresses are good. The addresses open the film's place only, and nothing else."""

    urn: str
    token: str
    until: int
    parts: tuple[tuple[str, int, int], ...]
    tags: tuple[str, ...] = ()
    finalized: bool = False

    @property
    def complete(self) -> bool:
        return len(self.tags) == len(self.parts)

    def handle(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def kept(handle: str) -> Upload | None:
    """The upload that a handle holds; None when it holds none."""
    try:
        told = json.loads(handle) if handle else None
        parts = tuple((str(url), int(first), int(last)) for url, first, last in told["parts"]) if told else ()
        found = Upload(**{**told, "parts": parts, "tags": tuple(told["tags"])}) if told else None
    except (ValueError, TypeError, KeyError):
        return None
    return found if found is not None and is_media(found.urn, "video") else None


def begun(api: Api, film: Video, value: object) -> Upload:
    """What LinkedIn answered to initializeUpload. Raises `TryLater` unless the parts are LinkedIn's and make the film."""
    told = value if isinstance(value, Mapping) else {}
    urn, token, stated = told.get("video"), told.get("uploadToken", ""), told.get("uploadUrlsExpireAt")
    parts = _parts(api, film, told.get("uploadInstructions"))
    if not is_media(urn, "video") or not isinstance(token, str) or parts is None:
        raise TryLater("LinkedIn named no place for the film.")
    known = type(stated) is int and stated > 0
    until = int(stated) // 1000 if known and stated else int(api.now().timestamp()) + _LIFE_SECONDS
    return Upload(str(urn), token, until, parts)


def _parts(api: Api, film: Video, listed: object) -> tuple[tuple[str, int, int], ...] | None:
    """The parts, from the first byte to the last without a gap; None when they are anything else."""
    found: list[tuple[str, int, int]] = []
    at = 0
    for one in listed if isinstance(listed, list) else ():
        url, first, last = _told(one)
        if (
            not api.is_ours_to_upload(url)
            or type(first) is not int
            or type(last) is not int
            or first != at
            or last < at
        ):
            return None
        found.append((str(url), first, last))
        at = last + 1
    return tuple(found) if found and at == film.size else None


def _told(one: object) -> tuple[Any, Any, Any]:
    fields = one if isinstance(one, Mapping) else {}
    return fields.get("uploadUrl"), fields.get("firstByte"), fields.get("lastByte")
