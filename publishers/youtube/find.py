"""Looking for a film on YouTube: by its id, by its upload, and at last in the list of everything the channel uploaded.

One look proves absence: a film without an id (its session is unknown, expired or not at its end) cannot have been shown,
and of one with an id YouTube says itself how visible it is. Showing it again changes the same film.
"""

from collections.abc import Mapping
from typing import Any

from domain.secret import Secret
from publishers.contract import Absent, CannotTell, Finding, Found, Pending, PublishError, Search, TryLater
from publishers.http import Answer
from publishers.youtube.api import Api, is_id
from publishers.youtube.choices import visibility
from publishers.youtube.handles import Named
from publishers.youtube.limits import DEEPEST_PAGES, IDS_A_CALL, PAGE
from publishers.youtube.upload import Done, Gone, ask

_WHAT = "the film"
_ALIVE = ("uploaded", "processed")


async def find(api: Api, search: Search) -> Finding:
    """Whether the film is as visible as was wanted. Anything odd is "cannot tell", never "absent"."""
    link = api.channel(search.account.remote_id)
    try:
        return await _find(api, search, link)
    except PublishError as odd:
        return CannotTell(f"YouTube could not be searched: {odd.sentence}", link)


async def _find(api: Api, search: Search, link: str) -> Finding:
    film = search.payload.video
    if film is None:
        return CannotTell("The post has no film, so there is nothing to look for on YouTube.", link)
    if not any(search.handles.get(name) for name in Named(film).every):
        return CannotTell("Nothing is known of how far the film came on YouTube.", link)
    video_id = await _known(api, search)
    if video_id is None:
        return Absent(proven=True)  # showing it takes its id, so nothing can have been shown
    told = (await details(api, search.account.token, [video_id], "status")).get(video_id)
    if told is None:
        return CannotTell("The film is not on the channel any more; somebody may have deleted it.", link)
    status = _part(told, "status")
    if visibility(search.payload, search.since).is_shown(status) or visibility(search.payload, api.now()).is_shown(
        status
    ):
        return Found((api.receipt(video_id, film),))
    if status.get("uploadStatus") == "uploaded":
        return Pending("YouTube is still working on the film.")
    return Absent(proven=True)


async def _known(api: Api, search: Search) -> str | None:
    """The id of the post's film: saved, told by the session, or listed under the name that we gave the file."""
    film, token = search.payload.video, search.account.token
    if film is None:
        return None
    names, handles = Named(film), search.handles
    video_id = handles.get(names.ready) or handles.get(names.uploaded)
    if video_id:
        return video_id if is_id(video_id) else None
    session, file = handles.get(names.session, ""), handles.get(names.file, "")
    state = await ask(api, token, session, film) if api.is_session(session) else Gone()
    if isinstance(state, Done):
        return state.video_id
    return await by_file(api, token, file) if file and isinstance(state, Gone) else None


async def by_file(api: Api, token: Secret, file: str) -> str | None:
    """The channel's newest film whose file had that name and did not fail. Raises `PublishError`."""
    asked = {"part": "contentDetails", "playlistId": await _uploads(api, token), "maxResults": str(PAGE)}
    for _ in range(DEEPEST_PAGES):
        answer = await api.wire.read(api.request("GET", "/youtube/v3/playlistItems", token, params=asked))
        if answer.status == 404:
            return None  # a channel without a film may have no list
        body = _told(api, answer)
        ids = [_part(item, "contentDetails").get("videoId") for item in _items(body)]
        listed = await details(api, token, [str(one) for one in ids if is_id(one)], "fileDetails,status")
        for video_id, film in listed.items():
            alive = _part(film, "status").get("uploadStatus") in _ALIVE
            if alive and _part(film, "fileDetails").get("fileName") == file:
                return video_id
        page = body.get("nextPageToken")
        if not isinstance(page, str) or not page or page == asked.get("pageToken"):
            return None
        asked["pageToken"] = page
    return None


async def details(api: Api, token: Secret, ids: list[str], part: str) -> dict[str, dict[str, Any]]:
    """Films by id, in the order asked; those that YouTube does not have are left out. Raises `PublishError`."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), IDS_A_CALL):
        asked = {"part": part, "id": ",".join(ids[start : start + IDS_A_CALL])}
        answer = await api.wire.read(api.request("GET", "/youtube/v3/videos", token, params=asked))
        found |= {str(item.get("id")): item for item in _items(_told(api, answer))}
    return {one: found[one] for one in ids if one in found}


async def _uploads(api: Api, token: Secret) -> str:
    asked = {"part": "contentDetails", "mine": "true"}
    answer = await api.wire.read(api.request("GET", "/youtube/v3/channels", token, params=asked))
    for channel in _items(_told(api, answer)):
        playlist = _part(_part(channel, "contentDetails"), "relatedPlaylists").get("uploads")
        if isinstance(playlist, str) and playlist:
            return playlist
    raise TryLater("YouTube did not say where the channel's uploads are listed.")


def _told(api: Api, answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        raise api.refusals.of_step(answer, _WHAT)
    return answer.fields()


def _items(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The listed things. An answer without a list says nothing at all, which is not the same as "none"."""
    items = body.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise TryLater("YouTube's answer is not complete.")
    return items


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = item.get(name)
    return part if isinstance(part, dict) else {}
