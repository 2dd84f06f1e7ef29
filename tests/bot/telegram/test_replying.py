"""People answer questions by replying, in the sandbox's Telegram."""

import asyncio

from tests.bot.telegram.conftest import BEN, MARA, SUPERGROUP, Review

OVER = "This question was answered already, or is older than half an hour. Press the button on the card again."


async def asked(review: Review, card: int, button: str, user: int = MARA) -> int:
    """Press a button that asks; the number of the question."""
    outcome = await review.press(card, button, user)
    assert outcome["shown"] == ["Reply to my question below."]
    return await review.question()


async def reply(review: Review, question: int, text: str, user: int = MARA) -> str:
    return await review.house.say(user, text, SUPERGROUP, question)


async def test_an_edit_is_a_reply_to_a_question_that_shows_the_present_text(review: Review) -> None:
    post, card = await review.card()
    question = await asked(review, card, "Edit")
    shown = (await review.shown(question))["message"]["text"]
    assert "reply with the new text of #1001" in shown and shown.endswith("text")
    assert await reply(review, question, "Tides & times <for> sailors") == (
        "Your text is the new revision 2 of #1001. It needs an approval."
    )
    assert await review.text(post) == "Tides & times <for> sailors"
    assert await review.team.state(post) == "in_review"


async def test_an_edit_that_the_platform_would_refuse_is_answered_with_what_is_wrong(review: Review) -> None:
    post, card = await review.card()
    said = await reply(review, await asked(review, card, "Edit"), "word " * 700)
    assert said == (
        "Your text is revision 2 of #1001, but it cannot be approved: "
        "X counts 3499 of 280 characters. Shorten the text by 3219. Edit it again."
    )
    assert await review.team.state(post) == "in_review"


async def test_somebody_elses_question_cannot_be_answered(review: Review) -> None:
    post, card = await review.card()
    question = await asked(review, card, "Edit")
    assert (await reply(review, question, "Mine", BEN)).startswith("This question was put to somebody else")
    assert await review.text(post) == "text"


async def test_two_replies_to_a_question_have_one_effect(review: Review) -> None:
    post, card = await review.card()
    question = await asked(review, card, "Edit")
    await asyncio.gather(reply(review, question, "First"), reply(review, question, "Second"))
    assert await reply(review, question, "Third") == OVER
    assert [what for what, _ in await review.answers()] == ["edit"]
    assert await review.text(post) == "First"


async def test_a_question_ends_after_half_an_hour(review: Review) -> None:
    post, card = await review.card()
    question = await asked(review, card, "Edit")
    await review.team.value(
        """UPDATE prompts SET expires_at = expires_at - interval '30 minutes'
           WHERE workspace_id = %(workspace_id)s RETURNING 1"""
    )
    assert await reply(review, question, "Too late") == OVER
    assert await review.text(post) == "text"


async def test_a_text_that_cannot_be_used_leaves_the_question_open(review: Review) -> None:
    post, card = await review.card()
    question = await asked(review, card, "Edit")
    assert await reply(review, question, "text") == "Nothing was changed."
    await reply(review, question, "Changed")
    assert await review.text(post) == "Changed"


async def test_a_rejection_asks_why_and_a_number_is_a_reason(review: Review) -> None:
    post, card = await review.card()
    question = await asked(review, card, "Reject")
    assert await reply(review, question, "2") == "You rejected #1001. It will not be published."
    assert await review.team.state(post) == "rejected"
    await review.draw()
    assert "“Off brand”" in (await review.shown(card))["message"]["text"]


async def test_regenerating_takes_a_word_of_direction(review: Review) -> None:
    post, card = await review.card()
    question = await asked(review, card, "Regenerate")
    assert (await reply(review, question, "Mention the harbour")).startswith("#1001 is being rewritten")
    found = await review.team.value(
        "SELECT direction FROM posts WHERE workspace_id = %(workspace_id)s AND id = %(id)s", id=post
    )
    assert (found, await review.team.state(post)) == ("Mention the harbour", "planned")
    assert ("planned", review.team.workspace_id, post) in review.house.hint.given


async def test_a_dash_means_without_a_reason(review: Review) -> None:
    _, card = await review.card()
    await reply(review, await asked(review, card, "Reject"), "-")
    found = await review.team.value("SELECT reason FROM decisions WHERE workspace_id = %(workspace_id)s")
    assert found is None


async def test_the_second_of_two_who_were_asked_is_told_who_was_first(review: Review) -> None:
    _, card = await review.card()
    mine, theirs = await asked(review, card, "Reject"), await asked(review, card, "Reject", BEN)
    await reply(review, theirs, "1", BEN)
    assert (await reply(review, mine, "1")).startswith("Ben Osei was first and rejected #1001")


async def test_an_ordinary_reply_to_a_card_is_none_of_our_business(review: Review) -> None:
    _, card = await review.card()
    assert await review.house.say(MARA, "Nice one!", SUPERGROUP, card, wait=0.5) == ""


async def test_a_page_that_cannot_be_read_is_described_in_words(review: Review) -> None:
    await review.team.value(
        """INSERT INTO batches (workspace_id, id, web_app_id, local_date, deliver_from, state, problem)
           VALUES (%(workspace_id)s, gen_random_uuid(), %(app)s, current_date, now(), 'unreadable', 'It is empty.')
           RETURNING 1""",
        app=review.team.web_app,
    )
    await review.team.value(
        """INSERT INTO cards (workspace_id, id, kind, chat_id, batch_id)
           SELECT b.workspace_id, gen_random_uuid(), 'digest', %(chat)s, b.id FROM batches b
           WHERE b.workspace_id = %(workspace_id)s RETURNING 1""",
        chat=review.team.channel,
    )
    await review.draw()
    question = await asked(review, await review.question(), "Describe it in words")
    assert (await reply(review, question, "A tide table for sailors.")).startswith("Thank you. Posts about")
    found = await review.team.value("SELECT description FROM web_apps WHERE workspace_id = %(workspace_id)s")
    assert found == "A tide table for sailors."
