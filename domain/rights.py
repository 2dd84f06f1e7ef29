"""Rights that only a part of what we do needs. A person may leave them out when connecting: everything else works without."""

from collections.abc import Collection, Mapping

from domain.platforms import Platform
from domain.settings import Setting

COMMENTING: Mapping[Platform, str] = {
    Platform.FACEBOOK: "pages_manage_engagement",
    Platform.INSTAGRAM: "instagram_manage_comments",
}
"""What a first comment needs beyond publishing. LinkedIn and YouTube let whoever may publish comment."""


def not_allowed(
    platform: Platform, account: str, settings: Mapping[str, str], granted: Collection[str] | None
) -> list[str]:
    """What was chosen for a post and the account did not allow: a sentence each, for the reviewer. `granted` are the
    account's scopes; nothing is said where its platform did not tell them."""
    needed = COMMENTING.get(platform)
    if needed is None or not granted or needed in granted or not settings.get(Setting.FIRST_COMMENT):
        return []
    return [
        f"{account} was connected without the right to comment. Connect it again and allow {needed}, or remove the"
        " first comment in Settings."
    ]
