"""What Instagram refuses, row by row, and who must act on it. Pairs (code/subcode) as clients that cite Meta's page use them.

Two tables: the same answer means one thing while a container is made, which nobody sees, and another to the call that
publishes: there, what sounds like a limit has been seen although the post was live.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.publishing import Block
from publishers.contract import ContentRefused, OutcomeUnknown, TokenRejected, TryLater
from publishers.http import Answer
from publishers.instagram.limits import QUOTA_WAIT_SECONDS
from publishers.meta import blocks, retry_at, row, telling
from publishers.meta import refusals as meta_refusals
from publishers.oauth import Now
from publishers.refusals import Refusal, Refusals

_ANY = r"-?\d+"
_OTHER = "Edit the post and choose another one."

NOT_FETCHED = (
    "Instagram could not fetch the picture or film from our address, so the post waits. Whoever runs this installation "
    "must see that AMARKTAI_BASE_URL can be reached from outside."
)

_ACCOUNT = (
    row(
        rf"{_ANY}/2207050",
        TokenRejected,
        "Instagram has restricted this account. Sign in to the Instagram app and complete what it asks for, "
        "then connect the account again.",
    ),
    row(
        rf"{_ANY}/2207006",
        TokenRejected,
        "Instagram does not let us at this account's media any more. Connect the account again.",
    ),
)
_CONTENT = (
    row(rf"{_ANY}/2207004", ContentRefused, f"Instagram finds the picture too large. {_OTHER}"),
    row(rf"{_ANY}/2207005", ContentRefused, f"Instagram takes pictures as JPEG only. {_OTHER}"),
    row(
        rf"{_ANY}/2207009",
        ContentRefused,
        "Instagram takes pictures from 4:5 to 1.91:1. Edit the post: cut the picture.",
    ),
    row(rf"{_ANY}/2207026", ContentRefused, f"Instagram cannot use the film: {{words}} {_OTHER}"),
    row(rf"{_ANY}/2207057", ContentRefused, f"Instagram finds the cover beyond the end of the film. {_OTHER}"),
    row(
        rf"{_ANY}/2207023",
        ContentRefused,
        "Instagram does not know this form of post: {words} Edit the post and choose another form.",
    ),
    row(
        rf"{_ANY}/2207010",
        ContentRefused,
        "Instagram finds the text too long, or finds more than 30 hashtags. Edit the post: shorten it.",
    ),
    row(rf"{_ANY}/2207028", ContentRefused, "Instagram takes 2 to 10 pictures in a carousel. Edit the post."),
    row(rf"{_ANY}/2207040", ContentRefused, "Instagram takes 20 mentions a post. Edit the post: remove some."),
    row(rf"{_ANY}/2207081", ContentRefused, "Instagram does not let this account post trial reels. Edit the post."),
)

CONTAINER_ROWS: tuple[Refusal, ...] = (
    *_ACCOUNT,
    row(
        rf"{_ANY}/2207051",
        TokenRejected,
        "Instagram has blocked what this account does, to protect its community. Look into the Instagram app, "
        "then connect the account again.",
    ),
    row(rf"{_ANY}/2207042", TryLater, "Instagram's limit of posts in 24 hours is used up. The post waits."),
    row(
        rf"{_ANY}/(?:2207052|2207077)",
        TryLater,
        f"{NOT_FETCHED} It says: {{words}}",
    ),
    row(
        rf"{_ANY}/(?:2207001|2207003|2207032|2207053|2207082)",
        TryLater,
        "Instagram has trouble taking the picture or film; it is tried again.",
    ),
    row(
        rf"{_ANY}/(?:2207008|2207020|2207027)",
        TryLater,
        "Instagram has not got all pictures of the post ready; they are prepared again.",
    ),
    row(rf"{_ANY}/2207085", TryLater, "Instagram could not delete the post; it is tried again."),
    *_CONTENT,
)

PUBLISH_ROWS: tuple[Refusal, ...] = (
    *_ACCOUNT,
    # Seen from the field: the post was live, and the answer was one of these.
    row(
        rf"{_ANY}/(?:2207051|2207042)|(?:4|9|17|32|613)/2207\d+",
        OutcomeUnknown,
        "Instagram answered as if a limit were reached, which it has done with posts that were out. We look.",
    ),
    # The same words for a container that never was and for one that has been published: its status tells.
    row(
        rf"{_ANY}/2207008",
        OutcomeUnknown,
        "Instagram says that what we prepared is used up or gone. We look whether the post is out.",
    ),
    row(rf"{_ANY}/2207020", TryLater, "What we prepared at Instagram has expired; it is prepared anew."),
    row(rf"{_ANY}/2207027", TryLater, "Instagram is still working on the post."),
    *_CONTENT,
)


def at_container(now: Now) -> Refusals:
    """The table of repeatable calls, with waits reckoned by `now`."""
    return _with_waits(meta_refusals("Instagram", CONTAINER_ROWS, now), now)


def at_publish(now: Now) -> Refusals:
    """The table of the call that publishes."""
    return _with_waits(meta_refusals("Instagram", PUBLISH_ROWS, now), now)


def _with_waits(table: Refusals, now: Now) -> Refusals:
    return replace(
        table, retry_at=lambda answer: _retry_at(answer, now()), blocks=lambda answer: _blocks(answer, now())
    )


def _retry_at(answer: Answer, now: datetime) -> datetime | None:
    """As Meta says; a used-up day is looked at again after a while, for nobody says when it ends."""
    if "/2207042" in telling(answer):
        return now + timedelta(seconds=QUOTA_WAIT_SECONDS)
    return retry_at(answer, now)


def _blocks(answer: Answer, now: datetime) -> tuple[Block, ...]:
    """A used-up day is the account's, whatever the headers say besides."""
    day = (Block(now + timedelta(seconds=QUOTA_WAIT_SECONDS)),) if "/2207042" in telling(answer) else ()
    return (*day, *blocks(answer, now))
