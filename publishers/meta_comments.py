"""Comments on Meta's two platforms: the one call that makes one, what it refuses, and the listing of those under a post."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from publishers.comments import DEEPEST_PAGES, WHAT, Comment, OddError
from publishers.contract import (
    ContentRefused,
    OutcomeUnknown,
    PartClaim,
    PartSearch,
    Permit,
    PublishError,
    Receipt,
    TokenRejected,
)
from publishers.http import Answer
from publishers.meta import Graph, blocks, lacks_a_right, refusals, row
from publishers.oauth import Now
from publishers.refusals import Refusal, Refusals

Read = Callable[[Mapping[str, Any]], Comment]
"""Reads one comment of a listing. Raises `OddError`."""


def at_comment(name: str, scope: str, now: Now) -> Refusals:
    """The table of the call that comments; `scope` is the right that it needs."""
    return refusals(name, _rows(name, scope), now)


def _rows(name: str, scope: str) -> tuple[Refusal, ...]:
    return (
        row(
            r"(?:3|10|2\d\d)/\d+",
            TokenRejected,
            f"{name} does not let us comment for this account: {{words}} Connect it again and allow {scope}.",
        ),
        row(
            r"506/\d+|\d+/1455006",
            OutcomeUnknown,
            f"{name} says it already has this comment. We look whether it is ours.",
        ),
        row(r"100/33", ContentRefused, f"{name} does not show us the post any more, so nothing stands under it."),
        row(
            r"(?:100|1609005|1609008|2061006)/\d+|\d+/(?:1346003|1404102)",
            ContentRefused,
            f"{name} refused the comment: {{words}} Write it there yourself.",
        ),
    )


async def send(
    graph: Graph, table: Refusals, claim: PartClaim, permit: Permit, is_comment: Callable[[object], bool]
) -> Receipt:
    """POST /{post}/comments, once, right after `permit()`. The receipt has no link."""
    form = {"message": claim.part.text}
    request = graph.request("POST", f"/{claim.post}/comments", claim.account.token, data=form)
    await permit()
    answer = await graph.wire.send(request, WHAT)
    if not answer.ok:
        raise _refused(table, answer)
    comment = answer.fields().get("id")
    if not is_comment(comment):
        raise OutcomeUnknown(f"{graph.wire.name} took the comment but did not name it. It is probably out; we look.")
    return Receipt(str(comment), None, blocks(answer, graph.now()))


def _refused(table: Refusals, answer: Answer) -> PublishError:
    meant = table.of_send(answer, WHAT)
    if isinstance(meant, TokenRejected):
        return TokenRejected(meant.sentence, not_permitted=lacks_a_right(answer))
    return meant


async def listing(graph: Graph, search: PartSearch, fields: str, page: int, read: Read) -> list[Comment]:
    """Every comment right under the post, so many a `page`. Raises `OddError`, `PublishError`."""
    asked = {"fields": fields, "limit": str(page)}
    found: list[Comment] = []
    for _ in range(DEEPEST_PAGES):
        body = await graph.look(f"/{search.post}/comments", search.account.token, "the comments", **asked)
        elements = body.get("data")
        if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
            raise OddError("its listing is not complete.")
        found += [read(one) for one in elements]
        after = _next(body)
        if after is None:
            return found
        if after == asked.get("after"):
            raise OddError("its listing goes in circles.")
        asked["after"] = after
    raise OddError("the post has more comments than we can go through.")


def moment(element: Mapping[str, Any], name: str) -> datetime:
    """When the comment was made (UTC). Raises `OddError`."""
    try:
        at = datetime.fromisoformat(str(element.get(name)))
    except ValueError:
        raise OddError("it lists a comment without its time.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _next(body: Mapping[str, Any]) -> str | None:
    paging = body.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not after:
        raise OddError("its listing is not complete.")
    return after
