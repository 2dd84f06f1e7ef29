"""What YouTube refuses, row by row, and who must act on it. Source: YouTube's error pages, November 2026."""

import re

from publishers.contract import ContentRefused, TokenRejected, TryLater
from publishers.oauth import Now
from publishers.refusals import Refusal, Refusals
from publishers.youtube.limits import blocks, retry_at

LOCKED = (
    "YouTube keeps the film private: it has not audited the Google project of this installation. Ask YouTube for the"
    " audit of the project, then make a new post: films that were uploaded before stay private. Until then, upload by hand."
)
_RECONNECT = "Connect the account again."
_AGAIN = "Edit the post and approve it again."

ROWS = (
    Refusal(
        401,
        "youtubeSignupRequired",
        TokenRejected,
        "This Google account has no YouTube channel. Create one on YouTube, then connect the account again.",
    ),
    Refusal(401, "", TokenRejected, f"YouTube no longer accepts this connection. {_RECONNECT}"),
    Refusal(
        403,
        "quotaExceeded|dailyLimitExceeded",
        TryLater,
        "YouTube's quota of the day is used up for this installation. The post waits until midnight in California.",
    ),
    Refusal(403, "rateLimitExceeded", TryLater, "YouTube asks us to wait: too many calls at once."),
    Refusal(
        403,
        "accessNotConfigured|has not been used in project|it is disabled",
        TryLater,
        "The YouTube Data API is switched off in the Google project of this installation: enable it. The post waits.",
    ),
    Refusal(
        403,
        "insufficientPermissions|authentication scopes",
        TokenRejected,
        f"YouTube was not allowed to do this for the channel. {_RECONNECT} Leave every box ticked.",
    ),
    Refusal(
        403,
        "authenticatedUserAccount(Closed|Suspended)",
        TokenRejected,
        "YouTube has closed or suspended this account. Settle it with YouTube, then connect the account again.",
    ),
    Refusal(403, "forbiddenPrivacySetting", ContentRefused, LOCKED),
    Refusal(
        403,
        "set custom video thumbnails",
        ContentRefused,
        "YouTube takes a picture of your own only from verified channels. Verify the channel on YouTube"
        " (youtube.com/verify), or edit the post and remove the picture.",
    ),
    Refusal(403, "\\bforbidden", ContentRefused, f"YouTube does not permit this for the channel: {{words}} {_AGAIN}"),
    Refusal(
        429,
        "per day",
        TryLater,
        "The uploads that YouTube allows this installation a day are used up. The post waits until midnight in California.",
    ),
    Refusal(429, "", TryLater, "YouTube asks us to wait: too many calls in a short time."),
    Refusal(
        400,
        "uploadLimitExceeded",
        TryLater,
        "The channel has uploaded as many films as YouTube takes in a day. The post waits for a day.",
    ),
    Refusal(
        400,
        "invalidTitle",
        ContentRefused,
        f"YouTube does not take the title: it needs 1 to 100 characters without < and >. {_AGAIN}",
    ),
    Refusal(
        400,
        "invalidDescription",
        ContentRefused,
        "YouTube takes texts of 5,000 bytes, without < and >. Edit the post: shorten it, or write it without them.",
    ),
    Refusal(
        400,
        "invalidTags",
        ContentRefused,
        f"YouTube does not take the tags: at most 500 characters together, without < and >. {_AGAIN}",
    ),
    Refusal(
        400,
        "invalidPublishAt",
        ContentRefused,
        f"YouTube does not take the time at which the film is to appear. {_AGAIN}",
    ),
    Refusal(
        400,
        "invalidImage",
        ContentRefused,
        "YouTube cannot read the picture. Edit the post and choose a JPEG or PNG, or remove it.",
    ),
    Refusal(
        400,
        "\\b(invalid[A-Z]\\w*|badRequest|badContent|mediaBodyRequired|defaultLanguageNotSet|parseError|unknownPart"
        "|unexpectedPart|missingRequiredParameter)\\b",
        ContentRefused,
        f"YouTube refused the post: {{words}} {_AGAIN}",
    ),
    Refusal(413, "", ContentRefused, f"YouTube finds the file too large: {{words}} {_AGAIN}"),
    Refusal(
        404, "videoNotFound", TryLater, "The film is no longer at YouTube: somebody deleted it. It is uploaded again."
    ),
)

COMMENT_ROWS = (
    Refusal(
        403,
        "insufficientPermissions|authentication scopes",
        TokenRejected,
        f"YouTube was not allowed to comment for the channel. {_RECONNECT} Leave the box for editing and deleting ticked"
        " (youtube.force-ssl).",
    ),
    Refusal(
        403,
        "commentsDisabled",
        ContentRefused,
        "YouTube takes no comments under this film. Allow them in YouTube Studio, and write the comment there yourself.",
    ),
    Refusal(
        403,
        "ineligibleAccount",
        ContentRefused,
        "YouTube lets this channel write no comments. Write it on YouTube with another account.",
    ),
    Refusal(
        400,
        "comment(TextRequired|TextTooLong)|invalidCommentThreadMetadata|\\b(badRequest|invalidValue|parseError)\\b",
        ContentRefused,
        "YouTube refused the comment: {words} Write it there yourself.",
    ),
    Refusal(
        403, "\\bforbidden", ContentRefused, "YouTube does not permit the comment: {words} Write it there yourself."
    ),
    Refusal(
        404, "videoNotFound", ContentRefused, "YouTube does not show the film any more, so nothing stands under it."
    ),
)
"""What the call that comments refuses beyond, or otherwise than, all others."""
_OF_FILMS = re.compile("videoNotFound|uploadLimitExceeded|insufficientPermissions|per day")
_SHARED = tuple(row for row in ROWS if row.error is not ContentRefused and not _OF_FILMS.search(row.pattern))
"""Who we are and how much we may do; what is said of films says nothing of comments."""

_FAILED = {
    "codec": "YouTube cannot read how the film is coded. Export it with H.264 and AAC, and edit the post.",
    "conversion": "YouTube could not convert the film. Export it anew with H.264 and AAC, and edit the post.",
    "emptyFile": "The film's file is empty. Edit the post and choose another film.",
    "invalidFile": "YouTube cannot read this file as a film. Edit the post and choose another one.",
    "tooSmall": "The film's file is too small to be a film. Edit the post and choose another one.",
}
_REJECTED = {
    "duplicate": "YouTube already has this very film on the channel. Use the one that is there, or choose another film.",
    "length": "The film is longer than YouTube takes from this channel: above 15 minutes the channel must be verified"
    " (youtube.com/verify). Shorten the film, or verify the channel.",
    "copyright": "YouTube rejected the film for somebody's copyright. Look at it in YouTube Studio.",
    "claim": "YouTube rejected the film because somebody claims what is in it. Look at it in YouTube Studio.",
    "trademark": "YouTube rejected the film for somebody's trademark. Look at it in YouTube Studio.",
    "legal": "YouTube rejected the film for legal reasons. Look at it in YouTube Studio.",
    "inappropriate": "YouTube finds the film inappropriate. Look at it in YouTube Studio.",
    "termsOfUse": "YouTube says the film breaks its terms of use. Look at it in YouTube Studio.",
    "uploaderAccountClosed": "YouTube has closed this account. Settle it with YouTube.",
    "uploaderAccountSuspended": "YouTube has suspended this account. Settle it with YouTube.",
}


def refusals(now: Now) -> Refusals:
    """YouTube's table, with waits reckoned by `now`."""
    return _table(ROWS, now)


def at_comment(now: Now) -> Refusals:
    """The table of the call that comments."""
    return _table((*COMMENT_ROWS, *_SHARED), now)


def _table(rows: tuple[Refusal, ...], now: Now) -> Refusals:
    return Refusals(
        "YouTube",
        rows,
        lambda answer: retry_at(answer, now()),
        lambda _: None,
        blocks=lambda answer: blocks(answer, now()),
    )


def not_processed(status: str, reason: object) -> ContentRefused:
    """What a film that YouTube failed to work on ("failed") or turned down ("rejected") means for people."""
    if status == "failed":
        known = _FAILED.get(str(reason))
        return ContentRefused(known or "YouTube could not work on the film. Edit the post and choose another one.")
    known = _REJECTED.get(str(reason))
    return ContentRefused(known or "YouTube rejected the film. Look at it in YouTube Studio.")
