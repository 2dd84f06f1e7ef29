"""A card says in one line what follows its post: how far it is, what stopped it, and what that means."""

from dataclasses import replace

import pytest

from bot.following import parts_words
from bot.gallery.samples import POST
from domain.card import PartView
from domain.parts import PartKind, PartState
from domain.post import State

THREAD = replace(POST, text="One\n---\nTwo\n---\nThree")
OUT = replace(THREAD, state=State.PUBLISHED)


def _part(n: int, state: PartState, trouble: str | None = None, kind: PartKind = PartKind.REPLY) -> PartView:
    return PartView(n, kind, state, trouble)


def test_an_ordinary_post_has_no_such_line() -> None:
    assert parts_words(POST) is None


def test_before_it_is_out_a_thread_says_how_many_parts_it_has() -> None:
    assert parts_words(THREAD) == "🧵 Thread of 3 parts"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((_part(2, PartState.OUT), _part(3, PartState.OUT)), "🧵 All 3 parts of the thread are out"),
        ((_part(2, PartState.WAITING), _part(3, PartState.WAITING)), "🧵 1 of 3 parts is out; part 2 is next"),
        (
            (_part(2, PartState.OUT), _part(3, PartState.WAITING, "The limit is used up.")),
            "🧵 2 of 3 parts are out; part 3 waits: The limit is used up.",
        ),
        (
            (_part(2, PartState.REFUSED, "X refused it."), _part(3, PartState.DROPPED)),
            "🧵 1 of 3 parts is out; part 2 was refused: X refused it. What is out stays; the rest is not sent.",
        ),
        (
            (_part(2, PartState.UNCLEAR, "X could not be searched."), _part(3, PartState.DROPPED)),
            "🧵 1 of 3 parts is out; part 2 may or may not be there: X could not be searched."
            " What is out stays; the rest is not sent.",
        ),
        (
            (_part(2, PartState.UNKNOWN, "No answer."), _part(3, PartState.WAITING)),
            "🧵 1 of 3 parts is out; part 2 was sent without an answer; we are looking whether it is there",
        ),
        ((_part(2, PartState.OUT, kind=PartKind.COMMENT),), "💬 The first comment is there"),
        (
            (_part(2, PartState.REFUSED, "It may not comment.", PartKind.COMMENT),),
            "💬 The first comment was refused: It may not comment.",
        ),
    ],
)
def test_once_it_is_out_it_says_what_became_of_the_rest(parts: tuple[PartView, ...], said: str) -> None:
    assert parts_words(replace(OUT, parts=parts)) == said
