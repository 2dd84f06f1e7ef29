"""A post is ours when its words are; anything alike is shown to a person; only nothing alike is absent."""

from datetime import timedelta

import pytest

from domain.publishing import Absent, CannotTell, Found, Receipt
from publishers.matching import Listed, resembles, same, verdict
from tests.publishers.stage import account, claim, search

OURS = "Tea for two at https://sunrise.example/tea?a=1&utm_content=am-12345678, café #Tea"
ATTEMPT = claim(account(), OURS)
LOOK = search(ATTEMPT)


def listed(text: str, seconds: float = 1, name: str = "1") -> Listed:
    return Listed(Receipt(name, f"https://x.com/{name}"), text, ATTEMPT.intent_at + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "theirs",
    [
        OURS,
        OURS.replace("é", "e\u0301"),
        "  " + OURS.replace(" ", "\n\n"),
        OURS.replace("https://", "http://"),
    ],
)
def test_composition_blanks_and_scheme_make_no_difference(theirs: str) -> None:
    assert same(OURS, theirs)


def test_a_last_slash_makes_no_difference() -> None:
    assert same("See https://sunrise.example.", "See https://sunrise.example/.")


@pytest.mark.parametrize("theirs", ["", OURS + "!", OURS.replace("two", "three"), OURS.lower()])
def test_other_words_are_not_the_same(theirs: str) -> None:
    assert not same(OURS, theirs)


@pytest.mark.parametrize(
    "theirs",
    [
        "Sunrise https://other.example/?utm_content=am-12345678",
        "TEA FOR TWO at https://elsewhere.example café #tea",
        "Tea for two",
        OURS + " and more",
    ],
)
def test_one_mark_or_the_same_letters_or_a_cut_text_are_alike(theirs: str) -> None:
    assert resembles(OURS, theirs)


@pytest.mark.parametrize("theirs", ["", "Coffee", "Tea", "https://sunrise.example/tea"])
def test_other_subjects_are_not_alike(theirs: str) -> None:
    assert not resembles(OURS, theirs)


def test_nothing_alike_is_absent() -> None:
    assert verdict([listed("Coffee")], LOOK, None) == Absent()
    assert verdict([], LOOK, None) == Absent()


def test_equal_posts_are_found_oldest_first() -> None:
    finding = verdict([listed(OURS, 9, "late"), listed(OURS, 1, "early")], LOOK, None)
    assert isinstance(finding, Found)
    assert [receipt.remote_id for receipt in finding.receipts] == ["early", "late"]


def test_equal_words_after_the_time_of_the_attempt_are_shown_to_a_person() -> None:
    finding = verdict([listed(OURS, 3_600)], LOOK, None)
    assert isinstance(finding, CannotTell)
    assert finding.link == "https://x.com/1"


def test_a_post_that_was_cut_is_shown_to_a_person() -> None:
    attempt = claim(account(), "Tea for two at the harbour, every single morning")
    cut = Listed(Receipt("1"), "Tea for two at the harb", attempt.intent_at)
    assert isinstance(verdict([cut], search(attempt), "https://x.com/me"), CannotTell)
