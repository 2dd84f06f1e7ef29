"""What X refuses, row by row, and who must act on it. Sources: X's problem types, bodies seen in 2026."""

from publishers.contract import ContentRefused, OutcomeUnknown, TokenRejected, TryLater
from publishers.oauth import Now
from publishers.refusals import Refusal, Refusals
from publishers.x.limits import refused_blocks, retry_at

_RECONNECT = "Connect the account again."

ROWS = (
    Refusal(401, "", TokenRejected, f"X no longer accepts this connection. {_RECONNECT}"),
    Refusal(402, "", TryLater, "The credits at X are used up. Top them up in X's developer console; the post waits."),
    Refusal(429, "", TryLater, "X asks us to wait: the allowance for this account is used up for now."),
    # A duplicate is a hint that an earlier send worked, never proof: old posts with the same words count as well.
    Refusal(
        403,
        "duplicate content|status is a duplicate",
        OutcomeUnknown,
        "X says it already has a post with these words. We look whether it is ours.",
    ),
    Refusal(403, "unsupported-authentication", TokenRejected, f"X wants another kind of connection. {_RECONNECT}"),
    Refusal(
        403,
        "suspended|account is locked|temporarily locked|\\b(64|326)\\b",
        TokenRejected,
        "X has suspended or locked this account. Settle it with X, then connect the account again.",
    ),
    Refusal(
        403, "\\b89\\b|invalid or expired token", TokenRejected, f"X no longer accepts this connection. {_RECONNECT}"
    ),
    Refusal(
        403,
        "client-forbidden|client-not-enrolled",
        TokenRejected,
        "X does not let this application post. Enable writing in X's developer console, then connect again.",
    ),
    Refusal(
        403, "usage-capped|spend cap", TryLater, "The spending cap at X is reached. Raise it in X's developer console."
    ),
    Refusal(403, "cashtag", ContentRefused, "X takes one cashtag ($ and letters) a post. Edit the post: keep one."),
    Refusal(403, "maximum of 4|4 media", ContentRefused, "X takes four pictures a post. Edit the post: remove some."),
    Refusal(403, "invalid url", ContentRefused, "X does not accept a link in this post: {words} Edit the link."),
    Refusal(
        403,
        "not permitted to (perform|access)|access this feature|oauth1-permissions",
        TokenRejected,
        f"X does not permit this for the account: {{words}} {_RECONNECT} Leave every box ticked.",
    ),
    Refusal(403, "not authorized to delete", ContentRefused, "X says this post belongs to another account."),
    Refusal(400, "text is too long|\\b186\\b", ContentRefused, "X finds the text too long. Edit the post: shorten it."),
    Refusal(
        400,
        "media ids? (is|are) invalid",
        ContentRefused,
        "X no longer knows the picture or film of this post. Edit the post or regenerate it, then approve again.",
    ),
    Refusal(400, "invalid.request", ContentRefused, "X refused the post: {words} Edit it and approve again."),
)


def refusals(now: Now) -> Refusals:
    """X's table, with waits reckoned by `now`."""
    return Refusals(
        "X",
        ROWS,
        lambda answer: retry_at(answer, now()),
        lambda _: None,
        blocks=lambda answer: refused_blocks(answer, now()),
        steps_block=False,  # uploads, looks and deletions are counted by themselves
    )
