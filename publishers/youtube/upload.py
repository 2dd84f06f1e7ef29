"""A film's bytes to YouTube: a session that goes on at any byte, because YouTube is asked how far it came.

A session makes at most one film, so every call here may be repeated. Source: YouTube's resumable upload protocol.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.secret import Secret
from publishers import films
from publishers.contract import MediaStore, TryLater, Video
from publishers.http import Answer
from publishers.youtube.api import Api, is_id
from publishers.youtube.limits import BITE_BYTES, CHUNK_BYTES

_STUMBLES = 4
_STORED = re.compile(r"bytes=0-(\d{1,15})")
_WHAT = "the film"


@dataclass(frozen=True, slots=True)
class Stored:
    """YouTube has so many bytes and waits for more."""

    count: int


@dataclass(frozen=True, slots=True)
class Done:
    """YouTube has them all: the film exists."""

    video_id: str


@dataclass(frozen=True, slots=True)
class Gone:
    """YouTube does not know the session, or not any more."""


State = Stored | Done | Gone
Renew = Callable[[], Awaitable[None]]
"""Renews the lease. Raises `LeaseLost`."""


async def begin(api: Api, token: Secret, film: Video, resource: dict[str, Any], name: str) -> str:
    """The address of a new session. Nothing is visible yet. Raises `PublishError`, never `OutcomeUnknown`."""
    headers = {
        "x-upload-content-length": str(film.size),
        "x-upload-content-type": film.content_type,
        "slug": name,
    }
    asked = {"uploadType": "resumable", "part": "snippet,status"}
    path = "/upload/youtube/v3/videos"
    request = api.request("POST", path, token, headers=headers, params=asked, json=resource)
    answer = await api.wire.step(request)
    if not answer.ok:
        raise api.refusals.of_step(answer, _WHAT)
    session = answer.headers.get("location")
    if session is None or not api.is_session(session):
        raise TryLater("YouTube named no place for the film.")
    return session


async def ask(api: Api, token: Secret, session: str, film: Video) -> State:
    """How far the session came. Changes nothing. Raises like `begin`."""
    headers = {"content-range": f"bytes */{film.size}"}
    request = api.wire.request("PUT", session, token=token, headers=headers, content=b"")
    return _state(api, await api.wire.read(request), film)


async def go_on(api: Api, token: Secret, session: str, film: Video, media: MediaStore, renew: Renew) -> Done | Gone:
    """Sends what YouTube does not have yet, piece by piece; `renew` is awaited between the pieces.

    A break is answered by asking how far it came; after some breaks in a row without any progress, `TryLater`.
    """
    stumbles, state = 0, await ask(api, token, session, film)
    await renew()
    while isinstance(state, Stored):
        before = state.count
        try:
            state = await _put(api, token, session, film, media, before)
        except _StumbleError as stumble:
            stumbles += 1
            if stumbles == _STUMBLES:
                raise TryLater(stumble.sentence) from None
            await api.wire.pause(2.0**stumbles)
            await renew()
            state = await ask(api, token, session, film)
        if isinstance(state, Stored) and state.count > before:
            stumbles = 0
        await renew()
    return state


class _StumbleError(Exception):
    """The piece may or may not have arrived."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


async def _put(api: Api, token: Secret, session: str, film: Video, media: MediaStore, start: int) -> State:
    end = min(start + CHUNK_BYTES, film.size)
    headers = {
        "content-type": film.content_type,
        "content-length": str(end - start),
        "content-range": f"bytes {start}-{end - 1}/{film.size}",
    }
    content = _read(media, film, start, end)
    request = api.wire.request("PUT", session, token=token, headers=headers, content=content)
    try:
        answer = await api.wire.step(request)
    except TryLater as fault:
        raise _StumbleError(fault.sentence) from None
    if answer.status >= 500:
        raise _StumbleError(f"YouTube answered {answer.status} for {_WHAT}.")
    state = _state(api, answer, film)
    if isinstance(state, Stored) and state.count <= start:
        raise _StumbleError("YouTube keeps nothing of the film that it is sent.")
    return state


async def _read(media: MediaStore, film: Video, start: int, end: int) -> AsyncIterator[bytes]:
    """The chunk in bites: what is held at once stays small, whatever the chunk."""
    for bite in range(start, end, BITE_BYTES):
        yield await films.piece(media, film, bite, min(bite + BITE_BYTES, end))


def _state(api: Api, answer: Answer, film: Video) -> State:
    """What an answer of the upload server says. Raises `PublishError`, never `OutcomeUnknown`."""
    if answer.status == 308:
        return Stored(_count(answer, film))
    if answer.ok:
        video_id = answer.fields().get("id")
        if not is_id(video_id):
            raise TryLater("YouTube took the film and did not name it; it is asked again.")
        return Done(str(video_id))
    if answer.status in (404, 410) or (answer.status == 400 and not answer.fields()):
        return Gone()  # a 400 in plain words is about the session's bytes: nothing more fits into it
    raise api.refusals.of_step(answer, _WHAT)


def _count(answer: Answer, film: Video) -> int:
    """How many bytes are stored: none without a Range. All of them without the film is an answer that passes."""
    written = answer.headers.get("range")
    if written is None:
        return 0
    stored = _STORED.fullmatch(written.strip())
    if stored is None or int(stored[1]) + 1 >= film.size:
        raise TryLater("YouTube says that it has the film, and does not name it yet.")
    return int(stored[1]) + 1
