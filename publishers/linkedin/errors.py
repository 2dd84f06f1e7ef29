"""What LinkedIn refuses, row by row, and who must act on it. Sources: LinkedIn's error pages, bodies seen in 2026."""

import re

from publishers.contract import ContentRefused, OutcomeUnknown, TokenRejected, TryLater
from publishers.http import Answer
from publishers.linkedin.limits import blocks, comment_retry_at, retry_at
from publishers.oauth import Now
from publishers.refusals import Refusal, Refusals, telling

ROWS = (
    Refusal(401, "", TokenRejected, "LinkedIn no longer accepts this connection. Connect the account again."),
    Refusal(
        403,
        "access_denied|not enough permissions|unpermitted",
        TokenRejected,
        "LinkedIn does not permit this for the account: {words} Connect it again with a person who may post for it.",
    ),
    Refusal(429, "", TryLater, "LinkedIn asks us to wait: the day's allowance for this account is used up."),
    # LinkedIn has named URNs that were no posts of the account: a hint, never proof.
    Refusal(
        422,
        "duplicate",
        OutcomeUnknown,
        "LinkedIn says it already has a post with this content. We look, or ask you to look, whether it is ours.",
    ),
    Refusal(409, "", OutcomeUnknown, "LinkedIn found a conflict and does not say whether the post is out."),
    Refusal(
        426,
        "",
        TryLater,
        "LinkedIn has retired the version of its interface that we ask for: raise LINKEDIN_VERSION. The post waits.",
    ),
    Refusal(
        400, "version_missing", TryLater, "LinkedIn wants to know a version: set LINKEDIN_VERSION. The post waits."
    ),
    Refusal(
        400, "field_length_too_long", ContentRefused, "LinkedIn finds the text too long. Edit the post: shorten it."
    ),
    Refusal(
        400,
        "invalid_value_for_field|illegal_argument|invalid_.*request",
        ContentRefused,
        "LinkedIn refused the post: {words} Edit it and approve again.",
    ),
    Refusal(
        422,
        "missing_field|unrecognized_field|unprocessable|invalid_value|validation",
        ContentRefused,
        "LinkedIn refused the post: {words} Edit it and approve again.",
    ),
    Refusal(404, "not_found", ContentRefused, "LinkedIn does not find what the post refers to: {words} Edit the post."),
)

_OF_EVERY_CALL = (401, 426)
COMMENT_ROWS = (
    Refusal(
        403,
        "access_denied|not enough permissions|unpermitted",
        TokenRejected,
        "LinkedIn does not let us comment for this account: {words} Connect it again with a person who may post for it,"
        " and allow w_member_social, or w_organization_social for a page.",
    ),
    Refusal(429, "", TryLater, "LinkedIn asks us to wait: too many comments in a short time, or too many calls today."),
    Refusal(422, "duplicate", OutcomeUnknown, "LinkedIn says it already has this comment. Look whether it is ours."),
    Refusal(
        404,
        "not_found",
        ContentRefused,
        "LinkedIn does not show the post any more, so nothing stands under it: {words}",
    ),
    Refusal(
        400,
        "field_length_too_long|invalid_value_for_field|illegal_argument|invalid_.*request|threadurn",
        ContentRefused,
        "LinkedIn refused the comment: {words} Write it there yourself.",
    ),
    Refusal(
        422,
        "missing_field|unrecognized_field|unprocessable|invalid_value|validation",
        ContentRefused,
        "LinkedIn refused the comment: {words} Write it there yourself.",
    ),
    *(row for row in ROWS if row.status in _OF_EVERY_CALL or row.pattern == "version_missing"),
)
"""What the call that comments refuses."""

_POST = re.compile(r"urn:li:(?:share|ugcPost):\d{1,25}(?!\d)")


def refusals(site: str, now: Now) -> Refusals:
    """LinkedIn's table, with links on `site` and waits reckoned by `now`."""
    return Refusals(
        "LinkedIn",
        ROWS,
        lambda answer: retry_at(answer, now()),
        lambda answer: _named_post(answer, site),
        blocks=lambda answer: blocks(answer, now()),
        steps_block=False,  # each of LinkedIn's resources has a day of its own
    )


def at_comment(site: str, now: Now) -> Refusals:
    """The table of the call that comments."""
    return Refusals(
        "LinkedIn",
        COMMENT_ROWS,
        lambda answer: comment_retry_at(answer, now()),
        lambda answer: _named_post(answer, site),
    )


def _named_post(answer: Answer, site: str) -> str | None:
    """The post a duplicate is said to repeat. Only shares and ugcPosts are posts; a person's URN proves nothing."""
    named = _POST.search(telling(answer))
    return f"{site}/feed/update/{named[0]}/" if named else None
