"""Our own first comment under a post: what a listing of the comments there proves."""

from collections.abc import Iterable
from dataclasses import dataclass

from publishers.contract import Absent, CannotTell, Finding, PartSearch
from publishers.matching import Listed, proven, same

WHAT = "the comment"
DEEPEST_PAGES = 20
"""How many pages of comments are read: under a new post there is mostly one."""


class OddError(Exception):
    """The listing is not what it should be; nothing may be concluded from it."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the platform lists it. `own`: the platform says that it is the account's."""

    listed: Listed
    own: bool


def judged(comments: Iterable[Comment], search: PartSearch, link: str | None) -> Finding:
    """What a complete listing of the comments under the post proves. The same words from somebody unnamed are for a
    person: an account may have another name by now."""
    told = tuple(comments)
    ours = (one.listed for one in told if one.own)
    finding = proven(ours, search.part.text, (search.since, search.until), link, "comment")
    if isinstance(finding, Absent) and any(same(search.part.text, one.listed.text) for one in told):
        return CannotTell("A comment with these words is there, and does not seem to be from our account.", link)
    return finding
