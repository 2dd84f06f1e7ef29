"""People press buttons on cards, in the sandbox's Slack."""

import asyncio

from domain.card import Surface
from domain.decision import Decision
from pipeline.accounts import lose_account
from pipeline.people import revoke
from storage.people import add_identity
from tests.bot.slack.conftest import Review, elements, press_body, words


async def decisions(review: Review) -> list[tuple[str, str]]:
    async with review.team.worker.transaction(review.team.workspace_id) as tx:
        rows = await tx.dicts(
            "SELECT decision, outcome FROM decisions WHERE workspace_id = %(workspace_id)s ORDER BY at"
        )
    return [(row["decision"], row["outcome"]) for row in rows]


async def test_an_approval_is_committed_before_slack_has_its_answer_and_the_card_is_redrawn(review: Review) -> None:
    post, ts = await review.card()
    outcome = await review.click(ts, "approve", wait=0)
    assert (outcome["http_status"], outcome["error"]) == (200, None)
    assert await review.team.state(post) == "approved"
    await review.draw()
    card = await review.shown(ts)
    assert "Approved by Mara Lindqvist" in words(card["blocks"]) and card["text"].startswith("✅")
    assert not card["pings"]


async def test_of_two_people_the_first_wins_and_the_second_is_told_who_and_when(review: Review) -> None:
    post, ts = await review.card()
    await review.click(ts, "approve", wait=0)
    late = await review.click(ts, "approve", user="U0BEN")
    assert any("Mara Lindqvist was first and approved #1001" in text for text in late["shown"]), late
    assert await decisions(review) == [("approve", "applied"), ("approve", "already_decided")]
    assert await review.team.state(post) == "approved"


async def test_a_second_press_of_the_same_person_says_that_it_was_they(review: Review) -> None:
    _, ts = await review.card()
    await review.click(ts, "approve", wait=0)
    again = await review.click(ts, "approve")
    assert any("You already approved #1001" in text for text in again["shown"]), again


async def test_the_same_delivery_ten_times_at_once_has_one_effect(review: Review) -> None:
    _, ts = await review.card()
    outcome = await review.click(ts, "approve", times=10)
    assert {ack["http_status"] for ack in outcome["acks"]} == {200}
    assert await decisions(review) == [("approve", "applied")]


async def test_a_genuine_click_that_is_replayed_byte_by_byte_has_one_effect(review: Review) -> None:
    _, ts = await review.card()
    body = press_body(await review.token(ts), ts)
    headers = review.house.signed(body)
    answers = await asyncio.gather(*(review.house.post_raw(body, **headers) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert await decisions(review) == [("approve", "applied")]


async def test_an_old_button_says_that_a_newer_text_is_there(review: Review) -> None:
    post, ts = await review.card()
    token = await review.token(ts)
    opened = await review.click(ts, "edit")
    sent = {"text": {"text": "A better text."}}
    await review.house.act("submit", user="U0MARA", view_id=opened["views"][0], values=sent, wait=0.2)
    await review.draw()
    old = await review.click(ts, "approve", value=token)
    assert any("older text of #1001; revision 2 is here" in text for text in old["shown"]), old
    await review.click(ts, "edit", value=token)
    (view,) = (await review.house.see("views", user="U0MARA"))["views"]
    assert "revision 2 is here" in words(view["blocks"])
    assert await review.team.state(post) == "in_review"


async def test_a_forged_token_and_a_card_of_another_message_decide_nothing(review: Review) -> None:
    post, ts = await review.card()
    forged = await review.click(ts, "approve", value="x" * 22)
    assert any("do not know this card" in text for text in forged["shown"]), forged
    other = await review.house.http.post(
        "/_sandbox/slack/say", json={"user": "U0MARA", "channel": "C0REVIEW", "text": "hello"}
    )
    body = press_body(await review.token(ts), other.json()["ts"])
    assert (await review.house.post_raw(body, **review.house.signed(body))).status_code == 200
    assert await review.team.state(post) == "in_review"


async def test_a_member_of_the_channel_who_is_nobody_here_is_told_whom_to_ask(review: Review) -> None:
    post, ts = await review.card()
    for user in ("U0CHIYO", "U0GUST", "U0OLGA"):
        outcome = await review.click(ts, "approve", user=user)
        assert any("Ask Mara Lindqvist" in text for text in outcome["shown"]), (user, outcome)
    assert await review.team.state(post) == "in_review"


async def test_somebody_of_another_slack_team_decides_nothing_even_if_a_row_names_them(review: Review) -> None:
    post, ts = await review.card()
    async with review.team.worker.transaction(review.team.workspace_id) as tx:
        await add_identity(tx, review.team.reviewer, Surface.SLACK, "T0SANDBOX", "U0OLGA", "Olga")
    assert (await review.click(ts, "approve", user="U0OLGA"))["shown"]
    assert await review.team.state(post) == "in_review"


async def test_a_stranger_gets_no_dialog_either(review: Review) -> None:
    _, ts = await review.card()
    outcome = await review.click(ts, "edit", user="U0CHIYO")
    (view,) = (await review.house.see("views", user="U0CHIYO"))["views"]
    assert "not a member" in words(view["blocks"]) and "submit" not in {k for k, v in view.items() if v}, outcome


async def test_who_lost_the_right_cannot_decide_with_a_card_that_is_still_there(review: Review) -> None:
    post, ts = await review.card()
    team = review.team
    await revoke(team.worker, review.hint, team.workspace_id, team.owner, team.reviewer)
    outcome = await review.click(ts, "approve", user="U0BEN")
    assert any("may not decide about posts here" in text for text in outcome["shown"]), outcome
    assert await team.state(post) == "in_review"


async def test_undo_in_the_overflow_brings_an_approved_post_back(review: Review) -> None:
    post, ts = await review.card("approved")
    token = await review.token(ts, "edit")
    outcome = await review.click(ts, "more", value=f"undo:{token}", wait=0)
    assert outcome["http_status"] == 200
    assert await review.team.state(post) == "in_review"


async def test_every_button_of_every_card_has_a_handler() -> None:
    from bot.slack.actions import ASKING, AT_ONCE, HANDLERS
    from bot.slack.dialogs import MODALS
    from bot.slack.submissions import BROUGHT, FIELDS

    assert {*AT_ONCE, *ASKING} == set(Decision)
    assert set(MODALS) == set(BROUGHT) == set(ASKING)
    assert {*FIELDS, Decision.CHOOSE} == set(ASKING)  # what is wrong with settings stands under each of them
    assert {decision.value for decision in Decision} < set(HANDLERS)


async def test_an_unknown_button_is_acknowledged_so_that_nobody_sees_an_error(review: Review) -> None:
    _, ts = await review.card()
    body = press_body("t", ts, action="nobody_knows_this")
    answer = await review.house.post_raw(body, **review.house.signed(body))
    assert (answer.status_code, answer.content) == (200, b"")
    assert elements((await review.shown(ts))["blocks"])


async def lost(review: Review) -> str:
    """An account whose token is not taken any more, and the message that says so in the channel."""
    account = await review.team.account(name="@sunrise")
    await lose_account(review.team.worker, review.hint, review.team.workspace_id, account, "X takes it no more.")
    await review.draw()
    found = (await review.house.see("messages", channel="C0REVIEW"))["messages"]
    return next(str(one["ts"]) for one in found if "Connect @sunrise again" in words(one["blocks"]))


async def test_a_lost_account_has_a_button_that_gives_an_owner_the_link_alone(review: Review) -> None:
    ts = await lost(review)
    for user, told in (("U0MARA", "/connect/x?code="), ("U0BEN", "You may not connect accounts")):
        before = len(await review.house._private(user))
        await review.click(ts, "reconnect", user)
        await review.house.desk.errands.settle()
        [answer] = (await review.house._private(user))[before:]
        assert told in words(answer["blocks"])


async def test_the_app_home_has_the_same_button_and_answers_in_private(review: Review) -> None:
    await lost(review)
    await review.house.act("event", type="app_home_opened", user="U0MARA")
    await review.house.desk.errands.settle()
    view = (await review.house.see("home", user="U0MARA"))["view"]
    [button] = [one for one in elements(view["blocks"]) if one.get("action_id") == "reconnect"]
    assert button["value"] == "x"
    await review.house.act("click", user="U0MARA", view_id=view["id"], action_id="reconnect")
    await review.house.desk.errands.settle()
    everywhere = (await review.house.see("messages", channel="D0MARA"))["messages"]
    assert "/connect/x?code=" in words([one["blocks"] for one in everywhere])
