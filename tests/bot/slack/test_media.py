"""A reviewer hands over media: asked for in a dialog, answered in it, recorded once, fetched later."""

from dataclasses import replace
from typing import Any

import pytest

from bot.gallery import samples
from bot.slack.payloads import files_in
from bot.slack.render import media_modal
from domain.decision import Decision
from domain.handed import HandedFile
from domain.platforms import Platform
from tests.bot.slack.conftest import Review, elements, words
from tests.bot.slack.test_dialogs import opened
from tests.bot.slack.test_files import without_files_read

WISH = """
SELECT jsonb_build_object('files', files, 'description', description, 'surface', surface, 'team', team_ref, 'outcome', outcome)
FROM handed WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s ORDER BY handed_at DESC LIMIT 1
"""
WISHES = "SELECT count(*) FROM handed WHERE workspace_id = %(workspace_id)s"
PLATFORM = "UPDATE accounts SET platform = %(platform)s WHERE workspace_id = %(workspace_id)s RETURNING 1"


async def asked(review: Review, ts: str, user: str = "U0MARA") -> dict[str, Any]:
    """The dialog behind "Own media" in the card's menu."""
    token = (await the_menu(review, ts))["media"]
    return await opened(review, ts, "more", user, value=f"media:{token}")


async def the_menu(review: Review, ts: str) -> dict[str, str]:
    """What the card's menu offers: the answer, and the token that it carries."""
    found = elements((await review.shown(ts))["blocks"])
    (menu,) = [one for one in found if one.get("action_id") == "more"]
    return dict(option["value"].split(":", 1) for option in menu["options"])


async def hand(
    review: Review, view: dict[str, Any], *files: str, words: str | None = None, user: str = "U0MARA"
) -> dict[str, Any]:
    values: dict[str, Any] = {"files": {"files": list(files)}}
    if words is not None:
        values["words"] = {"words": words}
    return await review.house.act("submit", user=user, view_id=view["id"], values=values, wait=0.2)


async def test_chosen_files_are_handed_over_in_their_order_with_what_they_show(review: Review) -> None:
    post, ts = await review.card()
    view = await asked(review, ts)
    first, second = await review.house.upload("b.png", b"1"), await review.house.upload("a.png", b"22")
    outcome = await hand(review, view, second, first, words="A cup of tea")
    assert (outcome["http_status"], outcome["open"], outcome["shown"]) == (200, [], [])
    assert await review.team.value(WISH, id=post) == {
        "files": [
            {"ref": second, "name": "a.png", "size": 2, "content_type": "image/png"},
            {"ref": first, "name": "b.png", "size": 1, "content_type": "image/png"},
        ],
        "description": "A cup of tea",
        "surface": "slack",
        "team": "T0SANDBOX",
        "outcome": None,
    }


async def test_files_for_an_approved_post_take_its_approval(review: Review) -> None:
    post, ts = await review.card("approved")
    assert (await hand(review, await asked(review, ts), await review.house.upload("a.png", b"1")))["open"] == []
    assert await review.team.state(post) == "in_review"


async def test_what_makes_no_post_is_said_under_the_field_and_nothing_is_recorded(review: Review) -> None:
    _, ts = await review.card()
    await review.team.value(PLATFORM, platform="linkedin")
    view = await asked(review, ts)
    picture, document = await review.house.upload("a.png", b"1"), await review.house.upload("deck.pdf", b"2")
    outcome = await hand(review, view, picture, document)
    assert len(outcome["open"]) == 1 and await review.team.value(WISHES) == 0
    assert outcome["ack"]["errors"]["files"].startswith("Pictures and PDFs do not go into one post together.")
    assert (await hand(review, view, document))["open"] == []
    assert await review.team.value(WISHES) == 1


def test_the_dialog_asks_for_what_the_platform_takes() -> None:
    def field(platform: Platform) -> tuple[dict[str, Any], str]:
        block = media_modal(replace(samples.POST, platform=platform), "t")["blocks"][1]
        return block["element"], block["hint"]["text"]

    element, hint = field(Platform.LINKEDIN)
    assert element["max_files"] == 10 and {"png", "mp4", "pdf"} <= set(element["filetypes"])
    assert hint.startswith("LinkedIn takes up to 10 pictures, one film or one PDF.")
    element, hint = field(Platform.X)
    assert element["max_files"] == 4 and "pdf" not in element["filetypes"]
    element, hint = field(Platform.YOUTUBE)
    assert (
        element["max_files"] == 1 and "png" not in element["filetypes"] and hint.startswith("YouTube takes one film.")
    )


async def test_an_install_that_may_not_read_files_is_told_what_to_do_instead_of_a_broken_dialog(
    review: Review,
) -> None:
    _, ts = await review.card()
    without_files_read(review)
    view = await asked(review, ts)
    said = words(view["blocks"])
    assert "may not read files in this Slack workspace yet" in said and "/slack/install" in said
    assert "callback_id" not in view or not view["callback_id"]
    await review.house.install()
    await review.house.act("close", user="U0MARA", view_id=view["id"])
    assert (await asked(review, ts))["callback_id"] == Decision.MEDIA


async def test_files_that_come_too_late_are_not_taken(review: Review) -> None:
    post, ts = await review.card()
    view = await asked(review, ts)
    await review.click(ts, "reject", "U0BEN")
    (reason,) = (await review.house.see("views", user="U0BEN"))["views"]
    await review.house.act("submit", user="U0BEN", view_id=reason["id"], values={}, wait=0.2)
    assert await review.team.state(post) == "rejected"
    await hand(review, view, await review.house.upload("a.png", b"1"))
    (shown,) = (await review.house.see("views", user="U0MARA"))["views"]
    assert "submit" not in shown or shown["submit"] is None
    assert await review.team.value(WISHES) == 0


@pytest.mark.parametrize("user", ["U0GUST", "U0OLGA"])
async def test_nobody_without_a_role_hands_anything_over(review: Review, user: str) -> None:
    _, ts = await review.card()
    view = await asked(review, ts, user)
    assert view["callback_id"] != Decision.MEDIA and await review.team.value(WISHES) == 0


@pytest.mark.parametrize(
    "given",
    [None, 7, {}, {"files": None}, {"files": {}}, {"files": [7, {}, {"id": 3}, {"id": ""}]}, {"value": "F1"}],
)
def test_what_is_no_list_of_files_is_none(given: Any) -> None:
    assert files_in({"files": {"files": given}}, "files") == () == files_in({"files": given}, "files")


def test_what_slack_leaves_out_about_a_file_is_unknown() -> None:
    told = {"files": {"files": {"files": [{"id": "F1", "size": True}, {"id": "F2", "size": 3, "mimetype": None}]}}}
    assert files_in(told, "files") == (HandedFile("F1", "", None, ""), HandedFile("F2", "", 3, ""))
