"""What is handed over in the sandbox's Telegram is fetched by a worker and stands in the next revision."""

from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bot.telegram.files import TelegramFiles
from domain.card import Surface
from pipeline.take_in import Taking, take_in
from tests.bot.telegram.conftest import Review
from tests.bot.telegram.test_handing import FETCHED, SMALLER, a, hand
from tests.sandbox.samples import jpeg, png

REVISION = """SELECT n, text, pictures, video, drafted_from FROM revisions
WHERE workspace_id = %(workspace_id)s AND post_id = %(post)s ORDER BY n DESC LIMIT 1"""
WISH = """UPDATE handed SET next_at = least(next_at, now()) WHERE workspace_id = %(workspace_id)s AND ended_at IS NULL
RETURNING id"""
Take = Callable[[UUID], Coroutine[Any, Any, dict[str, Any]]]


@pytest.fixture
async def take(review: Review, tmp_path: Path) -> AsyncIterator[Take]:
    """The worker's turn: takes in what was handed over, as if the quiet were over, and gives the newest revision."""
    house = review.house
    source = TelegramFiles(house.bot)
    taking = Taking(
        house.worker,
        {Surface.TELEGRAM: source},
        house.media,
        house.edge.deciding.check,
        house.hint,
        "w",
        tmp_path / "in",
    )

    async def run(post: UUID) -> dict[str, Any]:
        wish = await review.team.value(WISH)
        assert isinstance(wish, UUID)
        await take_in(review.team.workspace_id, wish, taking)
        async with house.worker.transaction(review.team.workspace_id) as tx:
            return (await tx.dicts(REVISION, {"post": post}))[0]

    yield run
    await source.aclose()


async def test_an_album_is_the_next_revision_with_its_pictures_in_order_and_its_caption(
    review: Review, take: Take
) -> None:
    post, card = await review.card()
    widths = (640, 700, 760)
    files = [a("document", f"{width}.png", png(width, 480)) for width in widths]
    assert await hand(review, card, *files, order=[1, 2, 0], text="Three piers") == FETCHED
    revision = await take(post)
    assert (revision["n"], revision["text"], revision["drafted_from"]) == (2, "text", "media")
    assert [one["width"] for one in revision["pictures"]] == list(widths)
    assert {one["alt"] for one in revision["pictures"]} == {"Three piers"}
    await review.draw()
    assert "Three piers" in (await review.shown(card))["message"]["text"]
    assert (await review.press(card, "Approve"))["shown"] == ["You approved #1001. It goes out at its slot."]


async def test_a_photo_stands_there_as_telegram_made_it(review: Review, take: Take) -> None:
    post, card = await review.card()
    assert await hand(review, card, a("photo", "pier.jpg", jpeg(2560, 1280))) == FETCHED + SMALLER
    (picture,) = (await take(post))["pictures"]
    assert (picture["width"], picture["height"], picture["content_type"]) == (1280, 640, "image/jpeg")


async def test_a_file_that_telegram_does_not_give_out_is_told_to_whoever_sent_it(review: Review, take: Take) -> None:
    post, card = await review.card()
    await hand(review, card, a("document", "pier.png"))
    await review.team.value(
        """UPDATE handed SET files = jsonb_set(files, '{0,ref}', '"BQACgone"') WHERE workspace_id = %(workspace_id)s RETURNING 1"""
    )
    assert (await take(post))["n"] == 1
    told = await review.team.value("SELECT problem FROM handed WHERE workspace_id = %(workspace_id)s")
    assert told == "Telegram does not give out “pier.png” any more. Send it again."


async def test_a_busy_telegram_is_asked_again(review: Review, take: Take) -> None:
    post, card = await review.card()
    await hand(review, card, a("document", "pier.png", png(640, 480)))
    review.house.sandbox.fault("telegram.getFile", "429", retry_after=40)
    assert (await take(post))["n"] == 1
    waits = "SELECT next_at > now() + interval '30 seconds' FROM handed WHERE workspace_id = %(workspace_id)s"
    assert await review.team.value(waits) is True
    assert (await take(post))["n"] == 2
