"""A stored post as X's answers show it: requested fields, entities, metrics, errors for what may not be seen."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from sandbox.metrics import reach
from sandbox.world import World
from sandbox.x.accounts import BY_ID
from sandbox.x.media import MEDIA, media_key

MONTH = 30 * 86400  # seconds for which an author may read the private metrics
PRIVATE = ("non_public_metrics", "organic_metrics")
FIELDS = frozenset(
    (
        "id", "text", "created_at", "author_id", "conversation_id", "entities", "attachments", "public_metrics",
        "non_public_metrics", "organic_metrics", "referenced_tweets", "in_reply_to_user_id", "reply_settings",
        "edit_history_tweet_ids", "lang", "source", "possibly_sensitive",
    )
)  # fmt: skip
PROBLEM = "https://api.x.com/2/problems/not-authorized-for-field"


def iso(moment: float) -> str:
    """Unix seconds in X's writing, milliseconds and Z."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown(
    world: World, post: dict[str, Any], fields: set[str], viewer: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The post's JSON and the field errors for `viewer` (a user id). Text has its links as t.co and &<> escaped."""
    own = post["user"] == viewer
    forbidden = [name for name in PRIVATE if name in fields and (not own or world.now() - post["at"] > MONTH)]
    everything = _everything(world, post)
    wanted = {"id", "text", "edit_history_tweet_ids"} | fields
    body = {name: everything[name] for name in everything if name in wanted and name not in forbidden}
    return body, [_forbidden(post["id"], name) for name in forbidden]


def media_of(world: World, post: dict[str, Any]) -> list[dict[str, Any]]:
    """The post's media for `includes.media`."""
    stored = [media for one in post["media"] if (media := world.state.get(MEDIA, one)) is not None]
    kinds = {"tweet_image": "photo", "tweet_gif": "animated_gif"}
    return [
        {
            "media_key": media_key(media),
            "type": kinds.get(media["category"], "video"),
            "url": f"{world.config.base_url}/x/files/{media['id']}",
            "alt_text": media["alt"],
        }
        for media in stored
    ]


def _everything(world: World, post: dict[str, Any]) -> dict[str, Any]:
    text, urls = shortened(world, post)
    body: dict[str, Any] = {
        "id": post["id"],
        "text": text,
        "edit_history_tweet_ids": [post["id"]],
        "created_at": iso(post["at"]),
        "author_id": post["user"],
        "conversation_id": post.get("conversation") or post["id"],
        "reply_settings": "everyone",
        "lang": "en",
        "possibly_sensitive": False,
        **_metrics(world, post),
    }
    if urls:
        body["entities"] = {"urls": urls}
    if post["media"]:
        body["attachments"] = {"media_keys": [media["media_key"] for media in media_of(world, post)]}
    if post["reply_to"]:
        body["referenced_tweets"] = [{"type": "replied_to", "id": post["reply_to"]}]
        body["in_reply_to_user_id"] = post["user"]
    return body


def shortened(world: World, post: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The text as X gives it back and entities.urls with offsets into that text.

    Links are t.co, &<> are escaped, and pictures add one t.co link of their own at the end.
    """
    text, urls, position = "", [], 0
    for link in post["links"]:
        text += escape(post["text"][position : link["start"]], quote=False)
        urls.append(_url(len(text), link["short"], link["address"]))
        text += link["short"]
        position = link["end"]
    text += escape(post["text"][position:], quote=False)
    pictures = media_of(world, post)
    if pictures:
        part = "photo" if pictures[0]["type"] == "photo" else "video"
        address = f"https://x.com/{BY_ID[post['user']].username}/status/{post['id']}/{part}/1"
        short = "https://t.co/" + post["id"][-10:]
        text += f" {short}" if text else short
        urls += [{**_url(len(text) - len(short), short, address), "media_key": one["media_key"]} for one in pictures]
    return text, urls


def _url(start: int, short: str, address: str) -> dict[str, Any]:
    return {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": address,
        "display_url": address.split("://", 1)[-1][:30],
    }


def _metrics(world: World, post: dict[str, Any]) -> dict[str, Any]:
    now = reach(world, post["id"], post["at"], lag=120)
    public = {
        "retweet_count": now.reposts or 0,
        "repost_count": now.reposts or 0,  # the newer name of the same number; X's own client demands it
        "reply_count": now.replies or 0,
        "like_count": now.likes or 0,
        "quote_count": 0,
        "bookmark_count": now.saves or 0,
        "impression_count": now.impressions or 0,
    }
    clicks = now.clicks if post["links"] else None  # without a link there is nothing to count
    private = {
        "impression_count": now.impressions or 0,
        "engagements": (now.likes or 0) + (now.replies or 0) + (now.clicks or 0),
        "user_profile_clicks": now.profile_visits,
        "url_link_clicks": clicks,
    }
    known = {name: value for name, value in private.items() if value is not None}
    return {"public_metrics": public, "non_public_metrics": known, "organic_metrics": known}


def _forbidden(post_id: str, name: str) -> dict[str, Any]:
    return {
        "resource_id": post_id,
        "resource_type": "tweet",
        "parameter": "id",
        "field": name,
        "section": "data",
        "title": "Field Authorization Error",
        "detail": f"Sorry, you are not authorized to access '{name}' on the Tweet with id : [{post_id}].",
        "type": PROBLEM,
    }
