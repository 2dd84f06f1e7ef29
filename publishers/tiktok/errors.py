"""What TikTok refuses at once, and why a post failed afterwards; who must act on it. Sources: TikTok's error pages."""

from dataclasses import dataclass

from domain.text import clean, shorten
from publishers.contract import ContentRefused, PublishError, TokenRejected, TryLater
from publishers.oauth import Now
from publishers.refusals import Refusal, Refusals
from publishers.tiktok.limits import blocks, retry_at

_FULL = "TikTok takes no more posts of this account for today. It goes out when there is room again."
_BANNED = "TikTok lets this account post nothing more. Settle it in TikTok's app, then connect the account again."
_CUT_ANEW = "Edit the post and choose another film or other photos."

ROWS = (
    Refusal(401, "", TokenRejected, "TikTok no longer accepts this connection. Connect the account again."),
    Refusal(
        403,
        "scope_not_authorized",
        TokenRejected,
        "TikTok does not permit this for the account. Connect the account again and leave every box ticked.",
    ),
    Refusal(403, "spam_risk_user_banned_from_posting", TokenRejected, _BANNED),
    Refusal(403, "spam_risk_too_many_posts", TryLater, _FULL),
    Refusal(
        403,
        "reached_active_user_cap",
        TryLater,
        "TikTok lets this application post for no more accounts today. It goes out when there is room again.",
    ),
    Refusal(
        403,
        "unaudited_client",
        ContentRefused,
        "TikTok has not audited this application yet: it may post only what nobody else sees (SELF_ONLY), and only for"
        " private accounts. Choose that, or post it in TikTok's app.",
    ),
    Refusal(
        403,
        "privacy_level_option_mismatch",
        ContentRefused,
        "TikTok does not offer this account the privacy that was chosen. Edit the post: choose another one.",
    ),
    Refusal(
        403,
        "url_ownership_unverified",
        TryLater,
        "TikTok does not know our address for pictures: verify it in TikTok's developer console. The post waits.",
    ),
    Refusal(429, "", TryLater, "TikTok asks us to wait a minute."),
    Refusal(400, "invalid_params?\\b", ContentRefused, "TikTok refused the post: {words} Edit it and approve again."),
)


@dataclass(frozen=True, slots=True)
class _Failure:
    """One fail_reason: whose it is, and the sentence."""

    error: type[TryLater] | type[TokenRejected] | type[ContentRefused]
    sentence: str


FAILURES: dict[str, _Failure] = {
    "internal": _Failure(TryLater, "TikTok failed while it worked on the post; it is tried again."),
    "video_pull_failed": _Failure(TryLater, "TikTok could not fetch the film; it is tried again."),
    "photo_pull_failed": _Failure(TryLater, "TikTok could not fetch the photos; it is tried again."),
    "spam_risk_too_many_posts": _Failure(TryLater, _FULL),
    "auth_removed": _Failure(
        TokenRejected, "The access to TikTok was taken away while it worked on the post. Connect the account again."
    ),
    "spam_risk_user_banned_from_posting": _Failure(TokenRejected, _BANNED),
    "file_format_check_failed": _Failure(ContentRefused, f"TikTok cannot read this kind of file. {_CUT_ANEW}"),
    "duration_check_failed": _Failure(ContentRefused, f"TikTok finds the film too long or too short. {_CUT_ANEW}"),
    "frame_rate_check_failed": _Failure(
        ContentRefused, f"TikTok takes 23 to 60 frames a second, and this film has others. {_CUT_ANEW}"
    ),
    "picture_size_check_failed": _Failure(ContentRefused, f"TikTok does not take this many pixels. {_CUT_ANEW}"),
    "spam_risk": _Failure(
        ContentRefused, "TikTok finds that this post looks like spam, and did not publish it. Edit the post."
    ),
    "spam_risk_text": _Failure(
        ContentRefused, "TikTok finds the words of this post risky, and did not publish it. Edit the text."
    ),
    "publish_cancelled": _Failure(
        ContentRefused, "The post was cancelled at TikTok before it was out. Edit it and approve again to post it."
    ),
}
"""Why a post failed after TikTok had it. All are definite: a post that failed is never seen."""


def failure(reason: str) -> PublishError:
    """What a fail_reason means. One that we do not know is still definite: it goes to the reviewer in TikTok's words."""
    known = FAILURES.get(reason)
    if known is not None:
        return known.error(known.sentence)
    words = shorten(" ".join(clean(reason).split()), 100) or "nothing"
    return ContentRefused(f"TikTok did not publish it, and says why: {words}. Edit the post and approve again.")


def refusals(now: Now) -> Refusals:
    """TikTok's table, with waits reckoned by `now`."""
    return Refusals(
        "TikTok",
        ROWS,
        lambda answer: retry_at(answer, now()),
        lambda _: None,
        blocks=lambda answer: blocks(answer, now()),
    )
