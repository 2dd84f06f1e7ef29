"""Looking for a post on X after a lost answer: the author's own timeline, all of it within the time of the attempt."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from publishers.contract import CannotTell, Finding, Receipt, Search, TryLater
from publishers.matching import Listed, verdict
from publishers.x.api import Api, is_id
from publishers.x.limits import DEEPEST_PAGES, PAGE, born

_OWN_PICTURE = re.compile(r"/status/\d+/(?:photo|video)/\d+$")


async def find(api: Api, search: Search) -> Finding:
    """The post among what the account posted; parts of threads are none. Anything odd is "cannot tell", never "absent"."""
    return await look(api, search, answers=None)


async def look(api: Api, search: Search, *, answers: str | None) -> Finding:
    """GET /2/users/{id}/tweets since the attempt, every page; of it what answers that post, or answers none of its own."""
    profile = api.profile(search.account.remote_id)
    try:
        posts = await _timeline(api, search, answers)
    except (_OddError, TryLater) as odd:
        return CannotTell(f"X could not be searched: {odd}", profile)
    return verdict(posts, search, profile)


class _OddError(Exception):
    """The listing is not what it should be; nothing may be concluded from it."""


async def _timeline(api: Api, search: Search, answers: str | None) -> list[Listed]:
    if not is_id(search.account.remote_id):
        raise _OddError("the account's id is no X id.")
    posts: list[Listed] = []
    asked = {
        "max_results": str(PAGE),
        "start_time": search.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),  # rounded down: earlier is safe
        "exclude": "retweets",
        "post.fields": "author_id,created_at,entities,referenced_tweets",
    }
    for _ in range(DEEPEST_PAGES):
        body = await _page(api, search, asked)
        listed = [(_answered(post), _listed(api, search, post)) for post in body["data"]]
        posts += [one for answered, one in listed if answered == answers]
        token = body["meta"].get("next_token")
        if token is None:
            return posts
        if not isinstance(token, str) or not token or token == asked.get("pagination_token"):
            raise _OddError("its listing goes in circles.")
        asked["pagination_token"] = token
    raise _OddError("the account has more posts in that time than X lists.")


async def _page(api: Api, search: Search, asked: Mapping[str, str]) -> dict[str, Any]:
    """One whole page, as {"data": [...], "meta": {...}}."""
    path = f"/2/users/{search.account.remote_id}/tweets"
    answer = await api.wire.read(api.request("GET", path, search.account.token, params=asked))
    if answer.status != 200:
        raise _OddError(f"it answered {answer.status}.")
    body = answer.fields()
    data, meta = body.get("data", []), body.get("meta")
    if body.get("errors") or not isinstance(data, list) or not isinstance(meta, dict):
        raise _OddError("its listing is not complete.")
    if meta.get("result_count") != len(data):
        raise _OddError("its listing is not complete.")
    return {"data": data, "meta": meta}


def _listed(api: Api, search: Search, post: object) -> Listed:
    if not isinstance(post, dict) or not is_id(post.get("id")) or not isinstance(post.get("text"), str):
        raise _OddError("it lists something that is no post.")
    if post.get("author_id", search.account.remote_id) != search.account.remote_id:
        raise _OddError("it lists another account.")
    receipt = Receipt(post["id"], api.permalink(post["id"]))
    return Listed(receipt, expanded(post), _created(post))


def _answered(post: object) -> str | None:
    """The id of the post that this one answers."""
    named = post.get("referenced_tweets") if isinstance(post, dict) else None
    if named is None:
        return None
    if not isinstance(named, list) or not all(isinstance(one, dict) for one in named):
        raise _OddError("it lists something that is no post.")
    return next((str(one.get("id")) for one in named if one.get("type") == "replied_to"), None)


def _created(post: Mapping[str, Any]) -> datetime:
    try:
        stated = datetime.fromisoformat(str(post.get("created_at")))
    except ValueError:
        return born(post["id"])
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)


def expanded(post: Mapping[str, Any]) -> str:
    """The text as it was written: t.co links put back, the link X adds for a picture gone, &amp; &lt; &gt; undone."""
    text = str(post["text"]).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    entities = post.get("entities")
    urls = entities.get("urls") if isinstance(entities, dict) else None
    for url in urls if isinstance(urls, list) else []:
        if (
            not isinstance(url, dict)
            or not isinstance(url.get("url"), str)
            or not isinstance(url.get("expanded_url"), str)
        ):
            continue
        own_picture = "media_key" in url or _OWN_PICTURE.search(url["expanded_url"])
        text = text.replace(url["url"], "" if own_picture else url["expanded_url"], 1)
    return text
