"""Rights that only a part of what we do needs. A person may leave them out when connecting: everything else works without."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.platforms import Platform
from domain.publishing import AccountKind
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


@dataclass(frozen=True, slots=True)
class Ability:
    """What an account may allow. `may` ends "may …"; `lacking` is a sentence: what it means that one of `scopes` is not
    there. `kind`: of such accounts only."""

    may: str
    lacking: str
    scopes: tuple[str, ...]
    kind: AccountKind | None = None
    told: bool = True
    """Whether it is worth a word where it is allowed."""


_NOT_PUBLISHING = "Nothing can go out there."
_NO_FIGURES = "Its posts show no figures."
_NO_COMMENTS = "A first comment is refused before anybody approves it."
_NO_PORTFOLIO = "A Page that belongs to a business portfolio may be missing here."
_MEMBER, _PAGE = AccountKind.MEMBER, AccountKind.ORGANISATION

PORTFOLIO = "business_management"
"""What Meta wants before it lists Pages that a person reaches through a business portfolio only."""

_FIGURES, _COMMENT = "read its posts' figures", "comment"
_OF_A_PORTFOLIO = Ability("list Pages of a business portfolio", _NO_PORTFOLIO, (PORTFOLIO,), told=False)

ABILITIES: Mapping[Platform, tuple[Ability, ...]] = {
    Platform.X: (
        Ability("publish", _NOT_PUBLISHING, ("tweet.write", "media.write")),
        Ability(_FIGURES, _NO_FIGURES, ("tweet.read",)),
    ),
    Platform.LINKEDIN: (
        Ability("publish and comment", _NOT_PUBLISHING, ("w_member_social",), _MEMBER),
        Ability("publish and comment", _NOT_PUBLISHING, ("w_organization_social",), _PAGE),
        Ability(_FIGURES, _NO_FIGURES, ("r_organization_social",), _PAGE),
    ),
    Platform.FACEBOOK: (
        Ability("publish", _NOT_PUBLISHING, ("pages_manage_posts",)),
        Ability(_FIGURES, _NO_FIGURES, ("read_insights",)),
        Ability(_COMMENT, _NO_COMMENTS, (COMMENTING[Platform.FACEBOOK],)),
        _OF_A_PORTFOLIO,
    ),
    Platform.INSTAGRAM: (
        Ability("publish", _NOT_PUBLISHING, ("instagram_content_publish",)),
        Ability(_FIGURES, _NO_FIGURES, ("instagram_manage_insights",)),
        Ability(_COMMENT, _NO_COMMENTS, (COMMENTING[Platform.INSTAGRAM],)),
        Ability("delete posts", "Posts are deleted in Instagram's own app only.", ("instagram_manage_contents",)),
        _OF_A_PORTFOLIO,
    ),
    Platform.TIKTOK: (
        Ability("publish", _NOT_PUBLISHING, ("video.publish",)),
        Ability(_FIGURES, _NO_FIGURES, ("video.list",)),
    ),
    Platform.YOUTUBE: (
        Ability("publish", _NOT_PUBLISHING, ("youtube.upload",)),
        Ability(_FIGURES, _NO_FIGURES, ("youtube.readonly",)),
        Ability(_COMMENT, _NO_COMMENTS, ("youtube.force-ssl",)),
    ),
}
"""What can be allowed on each platform, the most important first."""


def abilities(
    platform: Platform, kind: AccountKind, granted: Collection[str]
) -> tuple[tuple[Ability, ...], tuple[Ability, ...]]:
    """What an account of these scopes allows us, and what not. Neither where its platform did not tell the scopes."""
    if not granted:
        return (), ()
    known = {scope.rpartition("/")[2] for scope in granted}  # Google's scopes are addresses
    of_kind = [one for one in ABILITIES[platform] if one.kind in (None, kind)]
    allowed = tuple(one for one in of_kind if known.issuperset(one.scopes))
    return allowed, tuple(one for one in of_kind if one not in allowed)
