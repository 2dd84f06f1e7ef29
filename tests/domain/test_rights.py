"""What an account did not allow is said before anybody approves, and only where it matters."""

import pytest

from domain.platforms import Platform
from domain.rights import COMMENTING, not_allowed
from publishers.facebook.connect import REQUIRED as FACEBOOK
from publishers.facebook.connect import SCOPES as ALL_OF_FACEBOOK
from publishers.instagram.connect import REQUIRED as INSTAGRAM
from publishers.instagram.connect import SCOPES as ALL_OF_INSTAGRAM

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


@pytest.mark.parametrize("platform", set(Platform) - set(COMMENTING))
def test_elsewhere_whoever_may_publish_may_comment(platform: Platform) -> None:
    assert not_allowed(platform, "Sunrise Studio", COMMENT, ("w_member_social",)) == []
