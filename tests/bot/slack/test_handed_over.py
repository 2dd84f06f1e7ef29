"""From the dialog to the card: what a reviewer hands over in Slack is fetched, read, and what the post shows from then on."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bot.slack.client import Teams
from bot.slack.files import SlackFiles
from domain.card import Surface
from domain.platforms import Platform
from pipeline.take_in import Taking, take_in
from publishers.instagram import publish as instagram
from tests.bot.slack.conftest import Review, elements, words
from tests.bot.slack.test_files import without_files_read
from tests.bot.slack.test_media import PLATFORM, asked, hand
from tests.pipeline.desk import CHECKS
from tests.sandbox.samples import pdf, picture

OPEN = "SELECT id FROM handed WHERE workspace_id = %(workspace_id)s AND ended_at IS NULL"
SHOWN = """
SELECT jsonb_build_object('n', r.n, 'text', r.text, 'pictures', r.pictures, 'document', r.document)
FROM posts p JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
FORGET = "UPDATE cards SET drawn = 0 WHERE workspace_id = %(workspace_id)s RETURNING 1"


@pytest.fixture
def taking(review: Review, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Taking:
    """The worker's half, with Slack as its one source of files."""
    monkeypatch.setitem(
        CHECKS, Platform.INSTAGRAM, lambda payload: instagram.check(payload, lambda *_: "https://media.example/a")
    )
    house = review.house
    source = SlackFiles(house.desk.http, Teams(house.worker, house.desk.vault))
    return Taking(
        house.worker,
        {Surface.SLACK: source},
        house.media,
        lambda platform, payload: CHECKS[platform](payload),
        review.hint,
        "worker-1",
        tmp_path / "taking",
    )


async def work(review: Review, taking: Taking) -> None:
    """Let the worker take in what was handed over, and draw what follows."""
    wish = await review.team.value(OPEN)
    assert isinstance(wish, UUID)
    await take_in(review.team.workspace_id, wish, taking)
    await review.draw()


async def a_card_on(review: Review, platform: Platform) -> tuple[UUID, str]:
    post, ts = await review.card()
    await review.team.value(PLATFORM, platform=platform)
    await review.team.value(FORGET)
    await review.draw()
    return post, ts


async def revision(review: Review, post: UUID) -> dict[str, Any]:
    found = await review.team.value(SHOWN, id=post)
    assert isinstance(found, dict)
    return found


async def test_two_pictures_become_a_carousel_on_instagram_that_the_card_shows_and_somebody_approves(
    review: Review, taking: Taking
) -> None:
    post, ts = await a_card_on(review, Platform.INSTAGRAM)
    view = await asked(review, ts)
    files = [
        await review.house.upload(f"{colour}.png", picture(1080, 1080, "PNG", colour)) for colour in ("red", "blue")
    ]
    assert (await hand(review, view, *files, words="Two cups of tea"))["open"] == []
    await work(review, taking)
    shown = await revision(review, post)
    assert (shown["n"], shown["text"], len(shown["pictures"])) == (2, "text", 2)
    assert {one["alt"] for one in shown["pictures"]} == {"Two cups of tea"}
    assert {one["content_type"] for one in shown["pictures"]} == {"image/jpeg"}
    card = await review.shown(ts)
    assert "Two cups of tea" in words(card["blocks"])
    assert any(block["type"] == "image" for block in card["blocks"])
    await review.click(ts, "approve")
    assert await review.team.state(post) == "approved"


async def test_a_pdf_becomes_the_document_of_a_post_on_linkedin(review: Review, taking: Taking) -> None:
    post, ts = await a_card_on(review, Platform.LINKEDIN)
    file = await review.house.upload("Tea report.pdf", pdf(3))
    assert (await hand(review, await asked(review, ts), file))["open"] == []
    await work(review, taking)
    shown = await revision(review, post)
    assert (shown["document"]["title"], shown["document"]["pages"], shown["pictures"]) == ("Tea report", 3, [])
    await review.click(ts, "approve")
    assert await review.team.state(post) == "approved"


async def test_what_slack_does_not_give_out_is_said_on_the_card_and_the_post_stays_as_it_was(
    review: Review, taking: Taking
) -> None:
    post, ts = await a_card_on(review, Platform.LINKEDIN)
    file = await review.house.upload("tea.png", picture())
    await hand(review, await asked(review, ts), file)
    await review.house.act("delete_file", user="U0MARA", file=file)
    await work(review, taking)
    card = await review.shown(ts)
    assert "“tea.png” is not in Slack any more. Hand it over again." in words(card["blocks"])
    assert (await revision(review, post))["n"] == 1
    assert "approve" in {one.get("action_id") for one in elements(card["blocks"])}


async def test_an_install_that_lost_its_right_to_read_files_says_so_on_the_card(review: Review, taking: Taking) -> None:
    _, ts = await a_card_on(review, Platform.LINKEDIN)
    await hand(review, await asked(review, ts), await review.house.upload("tea.png", picture()))
    without_files_read(review)
    await work(review, taking)
    assert "files:read" in words((await review.shown(ts))["blocks"])


async def test_a_file_that_is_not_what_its_name_says_is_named_on_the_card(review: Review, taking: Taking) -> None:
    _, ts = await a_card_on(review, Platform.LINKEDIN)
    await hand(review, await asked(review, ts), await review.house.upload("tea.png", b"no picture at all"))
    await work(review, taking)
    assert "“tea.png” is no picture, film or PDF" in words((await review.shown(ts))["blocks"])


async def about_files(review: Review) -> list[str]:
    """The calls of the product that are about files, as Slack heard them."""
    calls = (await review.house.http.get("/_sandbox/traffic")).json()["exchanges"]
    paths = [one["path"] for one in calls]
    return [path for path in paths if path.startswith(("/slack/files-pri/", "/slack/api/files."))]


async def test_nothing_is_fetched_before_a_worker_does(review: Review, taking: Taking) -> None:
    _, ts = await a_card_on(review, Platform.LINKEDIN)
    await hand(review, await asked(review, ts), await review.house.upload("tea.png", picture()))
    assert await about_files(review) == []
    await work(review, taking)
    assert [path.split("/")[-2] for path in await about_files(review) if "files-pri" in path] == ["download"]
