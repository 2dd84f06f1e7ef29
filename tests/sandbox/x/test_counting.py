"""X counts as X counts: examples of twitter-text's conformance suite, worked by hand."""

import pytest

from sandbox.x.counting import links, weighted_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hello", 5),
        ("Grüße – “quoted” … fine", 24),
        ("日本語", 6),
        ("😀", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇩🇪", 2),
        ("1️⃣", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("© 2026", 6),
        ("e\u0301", 1),
        ("see https://sunrise.example/a?utm_source=x&utm_medium=social now", 4 + 23 + 4),
        ("(https://sunrise.example/a).", 1 + 23 + 2),
        ("https://en.example/wiki/Sun_(star)", 23),
        ("sunrise.example", 23),
        ("mail me@sunrise.example", 23),
    ],
)
def test_the_weighted_length_is_that_of_twitter_text(text, length):
    assert weighted_length(text) == length


def test_a_link_keeps_its_balanced_bracket_and_loses_its_full_stop():
    (link,) = links("Read https://en.example/wiki/Sun_(star).")
    assert link.address == "https://en.example/wiki/Sun_(star)"
