"""What an account did not allow is said before anybody approves, and only where it matters."""

import pytest

from domain.platforms import Platform
from domain.publishing import AccountKind
from domain.rights import COMMENTING, abilities, not_allowed
from publishers.facebook.connect import REQUIRED as FACEBOOK
from publishers.facebook.connect import SCOPES as ALL_OF_FACEBOOK
from publishers.instagram.connect import REQUIRED as INSTAGRAM
from publishers.instagram.connect import SCOPES as ALL_OF_INSTAGRAM
from publishers.linkedin.connect import MEMBER_SCOPES, PAGE_SCOPES
from publishers.tiktok.connect import SCOPES as ALL_OF_TIKTOK
from publishers.x.connect import SCOPES as ALL_OF_X
from publishers.youtube.connect import SCOPES as ALL_OF_YOUTUBE

ALL_OF_LINKEDIN = (*MEMBER_SCOPES, *PAGE_SCOPES)

COMMENT = {"first_comment": "The guide: https://sunrise.example/guide"}
CONNECTED = {Platform.FACEBOOK: (FACEBOOK, ALL_OF_FACEBOOK), Platform.INSTAGRAM: (INSTAGRAM, ALL_OF_INSTAGRAM)}


@pytest.mark.parametrize("platform", COMMENTING)
def test_a_first_comment_needs_a_right_that_connecting_asks_for_and_does_not_demand(platform: Platform) -> None:
    demanded, asked = CONNECTED[platform]
    assert COMMENTING[platform] in asked and COMMENTING[platform] not in demanded
    [sentence] = not_allowed(platform, "Sunrise Studio", COMMENT, demanded)
    assert sentence.startswith("Sunrise Studio was connected without the right to comment.")
    assert COMMENTING[platform] in sentence and "remove the first comment in Settings" in sentence
    assert not_allowed(platform, "Sunrise Studio", COMMENT, asked) == []


@pytest.mark.parametrize("platform", Platform)
def test_nothing_is_said_of_posts_without_a_comment_and_of_rights_that_nobody_told(platform: Platform) -> None:
    assert not_allowed(platform, "Sunrise Studio", {}, ("pages_show_list",)) == []
    assert not_allowed(platform, "Sunrise Studio", COMMENT, ()) == []
    assert not_allowed(platform, "Sunrise Studio", COMMENT, None) == []


@pytest.mark.parametrize("platform", [one for one in Platform if one not in COMMENTING])
def test_elsewhere_whoever_may_publish_may_comment(platform: Platform) -> None:
    assert not_allowed(platform, "Sunrise Studio", COMMENT, ("w_member_social",)) == []


WHOLE = {
    Platform.X: (ALL_OF_X, AccountKind.MEMBER),
    Platform.LINKEDIN: (ALL_OF_LINKEDIN, AccountKind.ORGANISATION),
    Platform.FACEBOOK: (ALL_OF_FACEBOOK, AccountKind.ORGANISATION),
    Platform.INSTAGRAM: (ALL_OF_INSTAGRAM, AccountKind.ORGANISATION),
    Platform.TIKTOK: (ALL_OF_TIKTOK, AccountKind.MEMBER),
    Platform.YOUTUBE: (ALL_OF_YOUTUBE, AccountKind.MEMBER),
}


@pytest.mark.parametrize("platform", Platform)
def test_whoever_grants_all_that_is_asked_for_allows_everything(platform: Platform) -> None:
    scopes, kind = WHOLE[platform]
    allowed, lacking = abilities(platform, kind, scopes)
    assert lacking == ()
    assert allowed[0].may.startswith("publish") and any("figures" in one.may for one in allowed)


@pytest.mark.parametrize(
    ("platform", "left_out", "meaning"),
    [
        (Platform.FACEBOOK, "read_insights", "Its posts show no figures."),
        (Platform.FACEBOOK, "pages_manage_engagement", "A first comment is refused before anybody approves it."),
        (Platform.FACEBOOK, "business_management", "A Page that belongs to a business portfolio may be missing here."),
        (Platform.INSTAGRAM, "instagram_manage_contents", "Posts are deleted in Instagram's own app only."),
        (Platform.YOUTUBE, "https://www.googleapis.com/auth/youtube.readonly", "Its posts show no figures."),
    ],
)
def test_what_was_not_granted_is_told_with_what_it_means(platform: Platform, left_out: str, meaning: str) -> None:
    scopes, kind = WHOLE[platform]
    _, lacking = abilities(platform, kind, [scope for scope in scopes if scope != left_out])
    assert [one.lacking for one in lacking] == [meaning]


def test_a_linkedin_member_lacks_nothing_that_only_organisations_have() -> None:
    allowed, lacking = abilities(Platform.LINKEDIN, AccountKind.MEMBER, ("w_member_social",))
    assert [one.may for one in allowed] == ["publish and comment"] and lacking == ()


def test_nothing_is_told_where_the_platform_told_nothing() -> None:
    assert abilities(Platform.X, AccountKind.MEMBER, ()) == ((), ())
