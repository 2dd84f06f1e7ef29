"""Looking for a post on LinkedIn after a lost answer. An organisation's posts can be listed; a member's cannot."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.text import unescape_little_text
from publishers.contract import AccountKind, CannotTell, Finding, Receipt, Search, TryLater
from publishers.linkedin.api import Api, is_post, urn_in_path
from publishers.linkedin.limits import DEEPEST_PAGES, PAGE
from publishers.matching import Listed, verdict

_CLOCKS_APART = timedelta(minutes=5)


async def find(api: Api, search: Search) -> Finding:
    """GET /rest/posts?q=author, each page that can hold the attempt. The odd is "cannot tell", never "absent"."""
    profile = api.profile(search.account)
    if search.account.kind is AccountKind.MEMBER:
        return CannotTell("LinkedIn lets nobody list a member's posts.")
    try:
        posts = await _listing(api, search)
    except (_OddError, TryLater) as odd:
        return CannotTell(f"LinkedIn could not be searched: {odd}", profile)
    return verdict(posts, search, profile)


class _OddError(Exception):
    """The listing is not what it should be; nothing may be concluded from it."""


async def _listing(api: Api, search: Search) -> list[Listed]:
    """The posts created since `search.since`. Ordered by last change: a page changed before that is the last."""
    found: dict[str, Listed] = {}
    for page in range(DEEPEST_PAGES):
        elements = await _page(api, search, page * PAGE)
        for element in elements:
            listed = _listed(api, search, element)
            if listed.at >= search.since:
                found[listed.receipt.remote_id] = listed
        older = bool(elements) and all(_changed(element) < search.since - _CLOCKS_APART for element in elements)
        if len(elements) < PAGE or older:
            return list(found.values())
    raise _OddError("the page has more posts in that time than we can go through.")


async def _page(api: Api, search: Search, start: int) -> list[dict[str, Any]]:
    author = urn_in_path(search.account.remote_id)
    path = f"/rest/posts?q=author&author={author}&count={PAGE}&start={start}&sortBy=LAST_MODIFIED"
    request = api.request("GET", path, search.account.token, headers={"x-restli-method": "FINDER"})
    answer = await api.wire.read(request)
    if answer.status != 200:
        raise _OddError(f"it answered {answer.status}.")
    elements = answer.fields().get("elements")
    if not isinstance(elements, list) or not all(isinstance(element, dict) for element in elements):
        raise _OddError("its listing is not complete.")
    return elements


def _listed(api: Api, search: Search, element: Mapping[str, Any]) -> Listed:
    urn, said = element.get("id"), element.get("commentary", "")
    if not is_post(urn) or not isinstance(said, str) or element.get("lifecycleState", "PUBLISHED") != "PUBLISHED":
        raise _OddError("it lists something that is no published post.")
    if element.get("author") != search.account.remote_id:
        raise _OddError("it lists another page.")
    receipt = Receipt(str(urn), api.permalink(str(urn)))
    return Listed(receipt, unescape_little_text(said), _moment(element, "createdAt", "publishedAt"))


def _changed(element: Mapping[str, Any]) -> datetime:
    return _moment(element, "lastModifiedAt", "publishedAt", "createdAt")


def _moment(element: Mapping[str, Any], *names: str) -> datetime:
    """LinkedIn's times are milliseconds since 1970."""
    for name in names:
        stated = element.get(name)
        if isinstance(stated, int) and not isinstance(stated, bool) and 0 < stated < 4_102_444_800_000:
            return datetime.fromtimestamp(stated / 1000, UTC)
    raise _OddError("it lists a post without a time.")
