"""People press buttons on cards, in the sandbox's Telegram."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.platforms import Platform
from pipeline.people import revoke
from pipeline.settings_page import choose, look
from tests.bot.telegram.conftest import BEN, CHIYO, MARA, OLGA, SUPERGROUP, Review
from tests.pipeline.desk import CHECKS


async def test_an_approval_is_answered_and_committed_and_the_card_is_redrawn(review: Review) -> None:
    post, card = await review.card()
    outcome = await review.press(card, "Approve")
    assert outcome["http_status"] == 200
    assert outcome["shown"] == ["You approved #1001. It goes out at its slot."]
    assert outcome["alert"] is False
    assert await review.team.state(post) == "approved"
    await review.draw()
    assert "Approved by Mara Lindqvist" in (await review.shown(card))["message"]["text"]


async def test_a_double_click_has_one_effect(review: Review) -> None:
    post, card = await review.card()
    outcome = await review.press(card, "Approve", times=3)
    assert "You approved #1001. It goes out at its slot." in outcome["shown"]
    assert await review.team.state(post) == "approved"
    assert [what for what, done in await review.answers() if done == "applied"] == ["approve"]


async def test_of_two_people_the_second_is_told_who_was_first(review: Review) -> None:
    _, card = await review.card()
    await review.press(card, "Approve", BEN)
    outcome = await review.press(card, "Approve", MARA)
    assert outcome["alert"] is True
    assert outcome["shown"][0].startswith("Ben Osei was first and approved #1001")


async def test_being_in_the_group_lets_nobody_decide(review: Review) -> None:
    post, card = await review.card()
    for button in ("Approve", "Edit", "Reject", "Move slot"):
        outcome = await review.press(card, button, OLGA)
        assert outcome["alert"] and outcome["shown"][0].startswith("You are not a member of this workspace"), button
    assert await review.team.state(post) == "in_review"


async def test_a_revoked_reviewer_may_look_but_not_decide(review: Review) -> None:
    post, card = await review.card()
    team = review.team
    await revoke(review.house.web, review.house.hint, team.workspace_id, team.owner, team.reviewer)
    for button in ("Approve", "Regenerate"):
        outcome = await review.press(card, button, BEN)
        assert outcome["shown"][0].startswith("You may not decide about posts here"), button
    assert await team.state(post) == "in_review"


async def test_an_old_button_names_the_newer_revision(review: Review) -> None:
    _, card = await review.card()
    old = await review.token(card)
    await review.press(card, "Edit")
    await review.house.say(MARA, "A better text", SUPERGROUP, await review.question())
    for decision in ("approve", "edit"):
        outcome = await review.press(card, f"{decision}:{old}")
        assert outcome["shown"][0].startswith("This button belongs to an older text of #1001; revision 2 is here")


async def test_a_button_pressed_in_another_chat_does_nothing(review: Review) -> None:
    post, card = await review.card()
    token = await review.token(card)
    await review.house.say(MARA, "/help")
    message = (await review.house.newest(MARA))["message_id"]
    for data in (f"approve:{token}", f"edit:{token}", f"move:{token}:4102444800"):
        outcome = await review.house.act("click", user=MARA, chat=MARA, message_id=message, data=data)
        assert outcome["shown"][0].startswith("This button belongs to another chat"), data
    assert await review.team.state(post) == "in_review"


async def test_forged_buttons_are_answered_in_words(review: Review) -> None:
    _, card = await review.card()
    token = await review.token(card)
    forged = [
        "nonsense",
        "approve:",
        "approve:unknown",
        "sure:none:x",
        "move:x:99999999999999",
        f"move:{token}:1",
        "::",
    ]
    for data in forged:
        outcome = await review.house.act("click", user=MARA, chat=SUPERGROUP, message_id=card, data=data)
        assert outcome["http_status"] == 200 and outcome["alert"] and outcome["shown"], data
    assert await review.answers() == []


async def test_a_post_moves_to_a_slot_that_is_chosen_beside_the_card(review: Review) -> None:
    post, card = await review.card()
    before = await review.team.value(
        "SELECT slot FROM posts WHERE workspace_id = %(workspace_id)s AND id = %(id)s", id=post
    )
    await review.press(card, "Move slot")
    choice = await review.question()
    assert "When should it go out?" in (await review.shown(choice))["message"]["text"]
    slot = (await review.buttons(choice))[0]["text"]
    outcome = await review.press(choice, slot)
    assert outcome["shown"] == ["#1001 has a new slot."]
    after = await review.team.value(
        "SELECT slot FROM posts WHERE workspace_id = %(workspace_id)s AND id = %(id)s", id=post
    )
    assert after != before
    assert choice not in [one["message_id"] for one in await review.house.messages(SUPERGROUP)]


async def test_a_choice_of_slots_can_be_left(review: Review) -> None:
    _, card = await review.card()
    await review.press(card, "Move slot")
    choice = await review.question()
    assert (await review.press(choice, "Leave it"))["answered"]
    assert choice not in [one["message_id"] for one in await review.house.messages(SUPERGROUP)]
    assert await review.answers() == []


async def test_what_cannot_be_taken_back_is_asked_twice(review: Review) -> None:
    post, card = await review.card("approved")
    await review.team.value(
        """UPDATE posts SET event = 'hold', trouble = 'paused' WHERE workspace_id = %(workspace_id)s AND id = %(id)s
           RETURNING 1""",
        id=post,
    )
    await review.draw()
    asked = await review.press(card, "Drop")
    assert asked["alert"] and asked["shown"][0].startswith("Drop this post?")
    assert await review.team.state(post) == "held"
    await review.press(card, "Keep it")
    assert any(one["text"].endswith("Drop") for one in await review.buttons(card))
    await review.press(card, "Drop")
    assert (await review.press(card, "Drop it"))["shown"] == ["#1001 is dropped. It will not be published."]
    assert await review.team.state(post) == "dropped"


async def test_two_reviewers_at_the_same_moment_make_one_decision(review: Review) -> None:
    post, card = await review.card()
    await asyncio.gather(review.press(card, "Approve", BEN), review.press(card, "Approve", MARA))
    assert await review.team.state(post) == "approved"
    assert sorted(done for _, done in await review.answers()) == ["already_decided", "applied"]


async def test_somebody_who_is_no_member_learns_nothing_from_a_dialog(review: Review) -> None:
    _, card = await review.card()
    before = len(await review.house.messages(SUPERGROUP))
    await review.press(card, "Edit", CHIYO)
    assert len(await review.house.messages(SUPERGROUP)) == before


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def tiktok(review: Review, monkeypatch: pytest.MonkeyPatch) -> int:
    """The card of a TikTok for which nobody chose anything."""
    monkeypatch.setitem(CHECKS, Platform.TIKTOK, lambda payload: [])
    _, card = await review.card()
    for change in ("accounts SET platform = 'tiktok'", "cards SET drawn = 0"):
        await review.team.value(f"UPDATE {change} WHERE workspace_id = %(workspace_id)s RETURNING 1")
    await review.draw()
    return card


async def test_the_settings_are_chosen_on_a_page_whose_link_only_the_person_gets(review: Review, tiktok: int) -> None:
    assert (await review.buttons(tiktok))[0]["text"] == "⚙️ Settings"
    before = len(await review.house.messages(SUPERGROUP))
    outcome = await review.press(tiktok, "Settings")
    assert outcome["shown"][-1] == "I sent you the link to the settings in our private chat."
    assert len(await review.house.messages(SUPERGROUP)) == before
    told = (await review.house.newest(MARA))["message"]
    (((button,),), text) = (told["reply_markup"]["inline_keyboard"], told["text"])
    assert "#1001 · TikTok" in text and button["url"].startswith("https://app.example/settings?code=")
    code = parse_qs(urlsplit(button["url"]).query)["code"][0]
    page = await look(code, review.house.edge.deciding)
    assert page.name == "Mara Lindqvist"
    agreed = {"privacy": "SELF_ONLY", "disclosure": "none", "consent": "yes"}
    await choose(page, code, agreed, review.house.edge.deciding)
    await review.draw()
    shown = (await review.shown(tiktok))["message"]["text"]
    assert "Who may see it: only the account itself" in shown and "Mara Lindqvist chose the settings" in shown
    assert [what for what, _ in await review.answers()] == ["choose"]


async def test_who_never_wrote_to_us_is_told_how_to_get_the_link(review: Review, tiktok: int) -> None:
    outcome = await review.press(tiktok, "Settings", BEN)
    assert outcome["alert"] and "may not write to you in private yet" in outcome["shown"][0]


async def test_nobody_without_the_right_gets_a_link_to_settings(review: Review, tiktok: int) -> None:
    outcome = await review.press(tiktok, "Settings", OLGA)
    assert outcome["alert"] and outcome["shown"][0].startswith("You are not a member of this workspace")
    codes = await review.team.value("SELECT count(*) FROM link_codes WHERE detail ? 'card'")
    assert codes == 0


async def test_a_platform_without_settings_says_so(review: Review) -> None:
    _, card = await review.card()
    outcome = await review.press(card, f"choose:{await review.token(card)}")
    assert outcome["alert"] and outcome["shown"] == ["There is nothing to choose for a post on X."]


async def test_the_button_of_a_lost_account_gives_an_owner_the_link_in_private(review: Review) -> None:
    _, card = await review.card()
    await review.house.say(MARA, "/start")
    told = await review.press(card, "reconnect:x")
    assert told["shown"] == ["I sent you the link in our private chat."]
    assert "/connect/x?code=" in str(await review.house.newest(MARA))
    assert "/connect/x?code=" not in str(await review.house.messages(SUPERGROUP))


async def test_it_gives_nobody_else_a_link_and_knows_no_other_words(review: Review) -> None:
    _, card = await review.card()
    assert "You may not connect accounts" in str(await review.press(card, "reconnect:x", BEN))
    assert "You are not a member" in str(await review.press(card, "reconnect:x", CHIYO))
    assert (await review.press(card, "reconnect:nonsense"))["alert"]
