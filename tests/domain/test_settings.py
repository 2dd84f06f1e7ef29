"""What people choose for a post: what is asked, what comes in, what is still missing, and how a card says it."""

import pytest

from domain.platforms import Platform
from domain.settings import (
    CHOICES,
    NO,
    YES,
    Setting,
    choices_of,
    chosen,
    holding,
    in_words,
    missing,
    revised,
    with_zone,
)

TIKTOK = {"privacy": "FOLLOWER_OF_CREATOR", "disclosure": "own", "consent": YES}
YOUTUBE = {"title": "One daily approval"}
COMMENTED = (Platform.LINKEDIN, Platform.FACEBOOK, Platform.INSTAGRAM, Platform.YOUTUBE)
GOOD = {Platform.TIKTOK: TIKTOK, Platform.YOUTUBE: YOUTUBE}


def test_tiktok_decides_nothing_for_a_person() -> None:
    assert [one.setting for one in missing(Platform.TIKTOK, {})] == [
        Setting.PRIVACY,
        Setting.DISCLOSURE,
        Setting.CONSENT,
    ]
    assert not any(one.default for one in choices_of(Platform.TIKTOK) if one.required)
    assert missing(Platform.TIKTOK, TIKTOK) == ()


def test_a_consent_that_was_not_given_is_missing_whatever_stands_there() -> None:
    assert [one.setting for one in missing(Platform.TIKTOK, {**TIKTOK, "consent": NO})] == [Setting.CONSENT]
    assert [one.setting for one in missing(Platform.TIKTOK, {**TIKTOK, "privacy": "FRIENDS"})] == [Setting.PRIVACY]


def test_people_may_comment_on_a_tiktok_only_if_somebody_says_so() -> None:
    assert chosen(Platform.TIKTOK, TIKTOK).settings["comments"] == NO
    assert chosen(Platform.TIKTOK, {**TIKTOK, "comments": YES}).settings["comments"] == YES


def test_x_asks_nothing_and_linkedin_no_more_than_a_first_comment() -> None:
    assert choices_of(Platform.X) == ()
    for platform in (Platform.X, Platform.LINKEDIN):
        assert (missing(platform, {}), in_words(platform, {}), chosen(platform, TIKTOK).settings) == ((), (), {})


@pytest.mark.parametrize("platform", COMMENTED)
def test_a_first_comment_is_asked_where_an_application_may_write_one(platform: Platform) -> None:
    said = "The guide: https://sunrise.example/tea?a=1 <3"
    found = chosen(platform, {**GOOD.get(platform, {}), "first_comment": f" {said}\n"})
    assert (found.problems, found.settings["first_comment"]) == ({}, said)
    assert f"First comment: {said}" in in_words(platform, found.settings)


def test_a_first_comment_has_a_length_of_ours_that_a_card_shows_whole_and_instagrams_is_shorter() -> None:
    fits = chosen(Platform.LINKEDIN, {"first_comment": "a" * 400})
    assert not fits.problems
    assert "401 of 400" in chosen(Platform.LINKEDIN, {"first_comment": "a" * 401}).problems["first_comment"]
    assert "301 of 300" in chosen(Platform.INSTAGRAM, {"first_comment": "a" * 301}).problems["first_comment"]


@pytest.mark.parametrize("platform", [Platform.X, Platform.TIKTOK])
def test_where_no_comment_can_be_written_none_is_asked(platform: Platform) -> None:
    found = chosen(platform, {**GOOD.get(platform, {}), "first_comment": "hello"})
    assert "first_comment" not in found.settings


def test_a_card_says_what_was_chosen_and_what_was_not() -> None:
    assert in_words(Platform.TIKTOK, {"privacy": "PUBLIC_TO_EVERYONE", "comments": YES}) == (
        "Who may see it: everybody",
        "Comments: yes",
        "What it promotes: not chosen yet",
        "AI made it look real: no",
        "Music Usage Confirmation: not chosen yet",
    )


def test_a_card_says_a_default_that_holds_and_no_empty_field() -> None:
    assert in_words(Platform.YOUTUBE, YOUTUBE) == (
        "Title: One daily approval",
        "Who may see it: everybody",
        "Made for kids: no",
        "AI made it look real: no",
    )


@pytest.mark.parametrize("platform", CHOICES)
def test_what_a_person_chose_is_never_missing_and_says_itself(platform: Platform) -> None:
    found = chosen(platform, GOOD.get(platform, {}))
    assert found.problems == {} and missing(platform, found.settings) == ()
    assert not any("not chosen" in words for words in in_words(platform, found.settings))


@pytest.mark.parametrize(
    ("platform", "came", "field", "words"),
    [
        (Platform.TIKTOK, {**TIKTOK, "privacy": ""}, "privacy", "Choose who may see it."),
        (Platform.TIKTOK, {**TIKTOK, "privacy": "FRIENDS"}, "privacy", "not one of the choices"),
        (Platform.TIKTOK, {**TIKTOK, "consent": ""}, "consent", "Tick it if you agree"),
        (Platform.TIKTOK, {**TIKTOK, "comments": "maybe"}, "comments", "not one of the choices"),
        (Platform.TIKTOK, {**TIKTOK, "privacy": "SELF_ONLY", "disclosure": "paid"}, "privacy", "not let a paid partnership"),
        (Platform.YOUTUBE, {"title": " \u200b "}, "title", "Give it a title."),
        (Platform.YOUTUBE, {"title": "a" * 103}, "title", "103 of 100 characters. Shorten it by 3."),
        (Platform.YOUTUBE, {"title": "a <b>"}, "title", "< and >"),
        (Platform.YOUTUBE, {**YOUTUBE, "tags": ",".join(f"tag {n:03}" for n in range(60))}, "tags", "of 500"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field(platform: Platform, came: dict[str, str], field: str, words: str) -> None:
    found = chosen(platform, came)
    assert set(found.problems) == {field}
    assert words in found.problems[field]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert set(chosen(Platform.TIKTOK, {}).problems) == {"privacy", "disclosure", "consent"}


def test_words_are_tidied() -> None:
    came = {"title": "  One\u202e daily\n approval ", "tags": "#tea, green tea,, tea ,#cake"}
    assert chosen(Platform.YOUTUBE, came).settings["title"] == "One daily approval"
    assert chosen(Platform.YOUTUBE, came).settings["tags"] == "tea,green tea,cake"


def test_what_nobody_asked_for_is_left_out_and_what_stood_there_stays() -> None:
    found = chosen(Platform.YOUTUBE, {**YOUTUBE, "consent": YES, "form": "reel", "nonsense": "x"})
    assert not {"consent", "form", "nonsense"} & set(found.settings)
    before = {"title": "Old", "tags": "tea", "form": "reel"}
    after = revised(Platform.YOUTUBE, before, found.settings)
    assert (after["title"], after["form"]) == ("One daily approval", "reel")
    assert "tags" not in after


def test_a_default_that_is_written_out_changes_nothing() -> None:
    explicit = chosen(Platform.YOUTUBE, YOUTUBE).settings
    assert {type(name) for name in explicit} == {str}
    assert explicit["privacy"] == "public"
    assert holding(Platform.YOUTUBE, explicit) == holding(Platform.YOUTUBE, YOUTUBE)
    assert holding(Platform.YOUTUBE, {**explicit, "privacy": "private"}) != holding(Platform.YOUTUBE, YOUTUBE)


def test_a_form_is_chosen_where_a_platform_has_several_and_a_story_says_that_it_shows_no_text() -> None:
    forms = {
        platform: [
            option.value for one in choices_of(platform) if one.setting is Setting.FORM for option in one.options
        ]
        for platform in Platform
    }
    assert {platform: found for platform, found in forms.items() if found} == {
        Platform.INSTAGRAM: ["post", "reel", "story"],
        Platform.FACEBOOK: ["post", "reel"],
    }
    assert not any(one.startswith("Form") for one in in_words(Platform.INSTAGRAM, {}))  # an ordinary post
    assert "Form: story, which shows no text" in in_words(Platform.INSTAGRAM, {"form": "story"})
    assert chosen(Platform.FACEBOOK, {"form": "story"}).problems.keys() == {"form"}
    assert holding(Platform.FACEBOOK, {"form": "post"}) == holding(Platform.FACEBOOK, {})


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-12-24 18:00", "2026-12-24 18:00+01:00"),
        (" 2026-07-01T09:30 ", "2026-07-01 09:30+02:00"),
        ("2026-12-24 18:00+00:00", "2026-12-24 18:00+00:00"),
    ],
)
def test_the_time_at_which_youtube_shows_a_film_is_read_by_the_clock_on_the_wall(written: str, kept: str) -> None:
    found = chosen(Platform.YOUTUBE, with_zone({**YOUTUBE, "publish_at": written}, "Europe/Berlin"))
    assert (found.problems, found.settings["publish_at"]) == ({}, kept)
    assert f"Shown at: {kept}" in in_words(Platform.YOUTUBE, found.settings)


@pytest.mark.parametrize("written", ["tomorrow", "24.12.2026 18:00", "0001-01-01 00:00", "18:00"])
def test_a_time_that_cannot_be_read_is_asked_for_again(written: str) -> None:
    found = chosen(Platform.YOUTUBE, with_zone({**YOUTUBE, "publish_at": written}, "Europe/Berlin"))
    assert found.problems.keys() == {"publish_at"}


def test_a_film_is_shown_at_once_unless_somebody_says_when() -> None:
    assert "publish_at" not in chosen(Platform.YOUTUBE, with_zone(YOUTUBE, "Europe/Berlin")).settings
