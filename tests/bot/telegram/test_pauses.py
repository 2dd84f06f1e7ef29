"""Who pauses in Telegram leaves a notice in the group, and its one button ends the pause."""

from pipeline.pauses import open_pauses
from tests.bot.telegram.conftest import BEN, MARA, OLGA, SUPERGROUP, Review


async def notice(review: Review) -> int:
    await review.draw()
    return int((await review.house.newest(SUPERGROUP))["message_id"])


async def test_the_notice_of_a_pause_ends_it_for_whoever_may_and_is_amended(review: Review) -> None:
    post, _ = await review.card("approved")
    await review.house.say(BEN, "/pause", chat=SUPERGROUP)
    assert await review.team.state(post) == "held"
    told = await notice(review)
    outcome = await review.press(told, "Resume", OLGA)
    assert "You are not a member" in str(outcome["shown"])
    assert await review.team.state(post) == "held"
    outcome = await review.press(told, "Resume", MARA)
    assert "goes on. 1 post is on the way again." in str(outcome["shown"])
    assert await review.team.state(post) == "approved"
    [button] = await review.buttons(told)
    await review.draw()
    shown = (await review.shown(told))["message"]
    assert "goes on" in shown["text"] and "reply_markup" not in shown
    outcome = await review.press(told, button["callback_data"], BEN)
    assert "ended the pause" in str(outcome["shown"]), "twice is harmless, and says who was first"


async def test_everything_of_the_workspace_has_its_notice_too_and_a_forged_one_does_nothing(review: Review) -> None:
    await review.house.say(MARA, "/stop everything", chat=SUPERGROUP)
    told = await notice(review)
    for forged in ("resume:nothing", "resume:01a206b1-0078-763d-985e-564ed574718b"):
        outcome = await review.press(told, forged)
        assert "nothing happened" in str(outcome["shown"])
    assert len(await open_pauses(review.team.worker, review.team.workspace_id)) == 1
    await review.press(told, "Resume")
    assert await open_pauses(review.team.worker, review.team.workspace_id) == []


async def test_one_account_can_be_paused_by_its_name_and_goes_on_by_it(review: Review) -> None:
    post, _ = await review.card("approved")
    said = await review.house.say(BEN, "/pause X @sunrise", chat=SUPERGROUP)
    assert "x @sunrise is paused. 1 post is on hold." in said
    [pause] = await open_pauses(review.team.worker, review.team.workspace_id)
    assert pause.scope == "account" and await review.team.state(post) == "held"
    assert "@sunrise is paused" in (await review.shown(await notice(review)))["message"]["text"]
    assert "x @sunrise goes on. 1 post is on the way again." in await review.house.say(
        BEN, "/resume @sunrise", chat=SUPERGROUP
    )
    assert await review.team.state(post) == "approved"
