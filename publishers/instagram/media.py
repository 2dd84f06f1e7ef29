"""What stands on the account: which medium a name means, and taking one away."""

import re

from publishers.contract import Account, ContentRefused, TokenRejected, TryLater
from publishers.instagram.api import Api, user_id
from publishers.instagram.limits import DEEPEST_PAGES, PAGE
from publishers.meta import is_id, is_missing

_SHORTCODE = re.compile(r"[A-Za-z0-9_-]{5,40}")


async def media_id(api: Api, account: Account, remote_id: str) -> str | None:
    """The number by which the Graph knows a post. A person who says "it is live" gives its address, and that holds a
    short code: it is looked up among the account's posts. None when it is not there. Raises `PublishError`."""
    if is_id(remote_id):
        return remote_id
    if not _SHORTCODE.fullmatch(remote_id):
        return None
    path, asked = f"/{user_id(account)}/media", {"fields": "id,shortcode", "limit": str(PAGE)}
    for _ in range(DEEPEST_PAGES):
        body = await api.graph.look(path, account.token, "the account's posts", **asked)
        listed = body.get("data")
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict) and one.get("shortcode") == remote_id and is_id(one.get("id")):
                return str(one["id"])
        after = next_page(body)
        if after is None or after == asked.get("after"):
            return None
        asked["after"] = after
    return None


def next_page(body: dict[str, object]) -> str | None:
    """The cursor of a listing's next page; None when this is the last. The address that the Graph offers is not
    followed: a token stands in it. Raises `TryLater` when there is a next page without a cursor."""
    paging = body.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not after:
        raise TryLater("Instagram's listing is not complete.")
    return after


async def withdraw(api: Api, account: Account, remote_id: str) -> None:
    """DELETE /{media}. "No such object" is believed when the account itself is still shown to us.

    Raises `PublishError`; `ContentRefused` where a person has to do it in the app.
    """
    media = await media_id(api, account, remote_id)
    if media is None:
        raise ContentRefused(f"We do not find this post on Instagram. Look for it at {api.profile(account)}")
    answer = await api.graph.wire.step(api.graph.request("DELETE", f"/{media}", account.token))
    if is_missing(answer):
        if await api.graph.is_gone(media, account.remote_id, account.token):
            return
        raise ContentRefused(f"Instagram does not show us this post. Look for it at {api.profile(account)}")
    try:
        told = api.graph.told(answer, "the deletion")
    except TokenRejected as refused:
        if not refused.not_permitted:
            raise
        # The right to delete is one of its own (instagram_manage_contents): the account stays connected without it.
        raise ContentRefused(
            "Instagram does not let us delete posts of this account. Delete it in the Instagram app, "
            f"or connect the account again and leave every box ticked. It stands at {await _address(api, account, media)}"
        ) from None
    if told.get("success") is not True:
        raise TryLater("Instagram did not confirm that the post is deleted.")


async def _address(api: Api, account: Account, media: str) -> str:
    shown = await api.graph.node(media, account.token, "the post", "permalink")
    link = (shown or {}).get("permalink")
    return link if isinstance(link, str) else api.profile(account)
