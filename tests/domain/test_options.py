"""What an account leaves to choose: forms offer that alone, and what was chosen before it withdrew it is named."""

from domain.options import AccountOptions, choices_for, withdrawn
from domain.payload import Payload, Video
from domain.platforms import Platform
from domain.settings import Setting, choices_of, chosen

PRIVATE = AccountOptions({"privacy": ("FOLLOWER_OF_CREATOR", "SELF_ONLY"), "comments": ("no",)}, 60)
OPEN = AccountOptions({"privacy": ("PUBLIC_TO_EVERYONE", "SELF_ONLY"), "comments": ("no", "yes")})
AGREED = {"privacy": "FOLLOWER_OF_CREATOR", "disclosure": "own", "consent": "yes"}


def film(seconds: float) -> Video:
    return Video("0" * 64, "video/mp4", 1080, 1920, 1, seconds, 30.0, "avc1", "mp4a")


def test_a_form_offers_what_the_account_offers_and_asks_the_rest_as_ever() -> None:
    before, now = choices_of(Platform.TIKTOK), choices_for(Platform.TIKTOK, PRIVATE)
    assert [one.setting for one in now] == [one.setting for one in before]
    privacy = now[0]
    assert [option.value for option in privacy.options] == ["FOLLOWER_OF_CREATOR", "SELF_ONLY"]
    assert privacy.required and privacy.default == ""
    assert now[2:] == before[2:]


def test_comments_that_are_off_at_the_account_are_said_and_not_asked() -> None:
    (comments,) = [one for one in choices_for(Platform.TIKTOK, PRIVATE) if one.setting is Setting.COMMENTS]
    assert comments.closed.startswith("Comments are off") and "TikTok" in comments.closed
    (asked,) = [one for one in choices_for(Platform.TIKTOK, OPEN) if one.setting is Setting.COMMENTS]
    assert asked.closed == ""


def test_an_account_of_which_nothing_is_known_leaves_everything() -> None:
    assert choices_for(Platform.TIKTOK, None) == choices_of(Platform.TIKTOK)
    assert withdrawn(Platform.TIKTOK, "@tide", Payload("t", settings=AGREED), None) == []


def test_values_that_we_do_not_know_do_not_empty_a_form() -> None:
    odd = AccountOptions({"privacy": ("FRIENDS_OF_FRIENDS",)})
    assert choices_for(Platform.TIKTOK, odd) == choices_of(Platform.TIKTOK)


def test_what_the_account_does_not_offer_cannot_be_sent() -> None:
    choices = choices_for(Platform.TIKTOK, PRIVATE)
    assert chosen(Platform.TIKTOK, AGREED, choices).problems == {}
    refused = chosen(Platform.TIKTOK, {**AGREED, "privacy": "PUBLIC_TO_EVERYONE"}, choices)
    assert list(refused.problems) == ["privacy"]
    assert chosen(Platform.TIKTOK, {**AGREED, "comments": "yes"}, choices).settings["comments"] == "no"


def test_what_the_account_no_longer_offers_is_named_with_what_to_do() -> None:
    before = {**AGREED, "privacy": "PUBLIC_TO_EVERYONE", "comments": "yes"}
    assert withdrawn(Platform.TIKTOK, "@tide", Payload("t", settings=before), PRIVATE) == [
        "@tide no longer offers “Who may see it: everybody”. Choose again in Settings.",
        "@tide no longer offers “Comments: yes”. Choose again in Settings.",
    ]
    assert withdrawn(Platform.TIKTOK, "@tide", Payload("t", settings=AGREED), PRIVATE) == []


def test_what_nobody_chose_yet_is_not_withdrawn() -> None:
    assert withdrawn(Platform.TIKTOK, "@tide", Payload("t"), PRIVATE) == []


def test_a_film_longer_than_the_account_may_show_is_named() -> None:
    (said,) = withdrawn(Platform.TIKTOK, "@tide", Payload("t", settings=AGREED, video=film(61)), PRIVATE)
    assert "up to 60 seconds of @tide" in said and "61" in said
    assert withdrawn(Platform.TIKTOK, "@tide", Payload("t", settings=AGREED, video=film(60)), PRIVATE) == []


def test_options_are_kept_and_read_back_and_an_asking_without_an_answer_is_none() -> None:
    assert AccountOptions.of_row({**PRIVATE.to_row(), "asked_at": "2026-11-23"}) == PRIVATE
    assert AccountOptions.of_row({"asked_at": "2026-11-23"}) is None
