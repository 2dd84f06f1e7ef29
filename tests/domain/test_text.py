"""Texts are as long as the platform says, are cut where it does not hurt, and hide nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.platforms import Platform
from domain.text import (
    clean,
    escape_little_text,
    grapheme_count,
    length,
    linkedin_length,
    room,
    shorten,
    unescape_little_text,
    visible,
    x_length,
)

FAMILY = "👨‍👩‍👧‍👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("This is a test.", 15),
        ("cafe\u0301", 4),  # counted composed
        ("のの", 4),
        ("“quoted” – text", 15),
        ("…", 2),
        ("™", 2),
        (FAMILY, 2),
        (ENGLAND, 2),
        ("1️⃣", 2),
        ("🇩🇪", 2),
        ("👋🏽", 2),
        ("👩🏽‍💻👩🏽‍💻", 4),
        ("☀️", 2),
        ("☀\ufe0e", 4),  # asked to be text: two characters of two
        ("©", 1),
        ("©️", 2),
        ("http://test.com", 23),
        ("test.com", 23),
        ("Test https://test.com test https://test.com test.com test", 86),
        ("https://sunrise.app/?utm_source=x&utm_medium=social&utm_campaign=launch.", 24),  # the full stop is ours
        ("(https://en.wikipedia.org/wiki/Tea_(drink))", 25),
        ("例http://example.comの", 27),
        ("詳細example.com/a", 27),
        ("Node.js 3.11 e.g.", 17),
        ("a@example.com", 13),
        ("http://127.0.0.1:4000/pricing?utm_source=x", 42),  # X makes no link of an address in digits
        ("http://nowhere.invalid/", 23),
        ("http://nowhere.invalid/and/a/long/path", 38),
    ],
)
def test_x_counts_as_twitter_text_does(text: str, weight: int) -> None:
    assert x_length(text) == weight


def test_a_long_link_costs_x_no_more_than_a_short_one() -> None:
    assert room(Platform.X, "a" * 256 + " https://example.com/" + "b" * 500) == 0


def test_little_text_escapes_every_reserved_character_and_leaves_hashtags_working() -> None:
    assert escape_little_text("We (really) #love C# a_b @you") == r"We \(really\) #love C\# a\_b \@you"
    assert escape_little_text("https://a.b/?utm_source=x#frag #1 ##x") == r"https://a.b/?utm\_source=x\#frag \#1 \#\#x"


@given(st.text())
def test_little_text_comes_back_as_it_went(text: str) -> None:
    assert unescape_little_text(escape_little_text(text)) == text


def test_markup_that_linkedin_returns_reads_as_plain_words() -> None:
    assert unescape_little_text(r"{hashtag|\#|Tea\_Time} by @[Ann \(A\)](urn:li:person:1)") == "#Tea_Time by Ann (A)"


def test_linkedin_counts_after_escaping() -> None:
    assert linkedin_length("a_b") == 4
    assert length(Platform.LINKEDIN, "👋") == 2


def test_a_short_text_stays_as_it_is() -> None:
    assert shorten("Tea for two.", 12) == "Tea for two."


def test_a_long_text_is_cut_between_words() -> None:
    assert shorten("The quick brown fox jumps", 18) == "The quick brown…"


def test_a_text_without_spaces_is_cut_between_graphemes() -> None:
    assert shorten(FAMILY * 5, 3) == FAMILY * 2 + "…"


def test_a_cut_never_leaves_half_a_link() -> None:
    text = "The quick brown fox jumps over https://example.com/aaaaaaaaaaaaaaaaaaaaaa and more"
    assert shorten(text, 45) == "The quick brown fox jumps over…"


@given(st.text(alphabet="ab. の👋\n/:htps", max_size=60), st.integers(min_value=2, max_value=40))
def test_a_shortened_text_always_fits(text: str, limit: int) -> None:
    assert x_length(shorten(text, limit, measure=x_length)) <= limit
    assert grapheme_count(shorten(text, limit)) <= limit


def test_hidden_characters_are_shown() -> None:
    assert visible("pay\u200bpal \u202etxt\U000e0041") == "pay⟦U+200B⟧pal ⟦U+202E⟧txt⟦U+E0041⟧"


def test_letters_of_a_second_alphabet_inside_a_word_are_shown() -> None:
    assert visible("pаypal") == "p⟦U+0430⟧ypal"
    assert visible("Москва и чай") == "Москва и чай"


def test_foreign_letters_in_the_host_of_a_link_are_shown() -> None:
    assert visible("https://сосо.com/чай") == "https://⟦U+0441⟧⟦U+043E⟧⟦U+0441⟧⟦U+043E⟧.com/чай"


def test_letters_that_only_look_like_ascii_are_shown() -> None:
    assert visible("Ｐay 𝗻ow") == "⟦U+FF30⟧ay ⟦U+1D5FB⟧ow"


@pytest.mark.parametrize(
    "text", [FAMILY, ENGLAND, "☀️ ©️ 1️⃣", "می‌خواهم", "क्‍ष", "Crème brûlée, naïve\n\ttext", "日本語。！"]
)
def test_what_belongs_into_a_text_is_neither_shown_nor_stripped(text: str) -> None:
    assert visible(text) == text
    assert clean(text) == text


def test_cleaning_strips_what_hides() -> None:
    assert clean("a\u200bb\u202ec\u00add\x00e\ufefff\U000e0041\ud800g\u3164") == "abcdefg"


def test_cleaning_keeps_line_ends_as_newlines() -> None:
    assert clean("a\r\nb\rc\u2028d") == "a\nb\nc\nd"


def test_tags_after_a_black_flag_do_not_smuggle_words() -> None:
    assert clean("🏴\U000e0068\U000e0069\U000e007f") == "🏴"


@pytest.mark.parametrize(
    "text",
    [
        "é" * 40_000,
        "https://" + "ж" * 40_000,
        "a." * 20_000,
        "https://a.com/" + "(a" * 20_000,
        "é-" * 20_000,
        "@" * 40_000,
    ],
)
@pytest.mark.timeout(20)
def test_a_hostile_text_is_counted_without_delay(text: str) -> None:
    assert x_length(text) > 0
    assert visible(text)
    assert linkedin_length(text) >= 40_000
