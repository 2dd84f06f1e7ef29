"""Dialogs: opened at once, filled, sent, and answered in themselves."""

from typing import Any

import orjson
import pytest
from psycopg.types.json import Jsonb

from domain.payload import Payload
from domain.platforms import Platform
from domain.settings import missing
from pipeline.people import revoke
from tests.bot.slack.conftest import Review, elements, words
from tests.pipeline.desk import CHECKS


async def opened(review: Review, ts: str, action: str, user: str = "U0MARA", **more: Any) -> dict[str, Any]:
    """The dialog that the button led to, as the person sees it."""
    await review.click(ts, action, user, **more)
    (view,) = (await review.house.see("views", user=user))["views"]
    return dict(view)


async def send(review: Review, view: dict[str, Any], user: str = "U0MARA", **fields: Any) -> dict[str, Any]:
    values = {name: {name: value} for name, value in fields.items()}
    return await review.house.act("submit", user=user, view_id=view["id"], values=values, wait=0.2)


async def text_of(review: Review, post: Any) -> tuple[int, str]:
    async with review.team.worker.transaction(review.team.workspace_id) as tx:
        rows = await tx.dicts(
            "SELECT r.n, r.text FROM posts p JOIN revisions r ON r.post_id = p.id AND r.n = p.revision_n"
            " WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s",
            {"id": post},
        )
    return rows[0]["n"], rows[0]["text"]


async def test_an_edited_text_is_the_next_revision_and_needs_an_approval(review: Review) -> None:
    post, ts = await review.card("approved")
    view = await opened(review, ts, "edit")
    assert view["callback_id"] == "edit" and view["blocks"][1]["element"]["initial_value"] == "text"
    outcome = await send(review, view, text="Tea & <b>cake</b> for @everyone")
    assert (outcome["http_status"], outcome["open"]) == (200, [])
    assert await text_of(review, post) == (2, "Tea & <b>cake</b> for @everyone")
    assert await review.team.state(post) == "in_review"
    await review.draw()
    card = await review.shown(ts)
    assert "Tea & <b>cake</b>" in words(card["blocks"]) and not card["pings"] and not card["links"]


async def test_an_edit_that_the_platform_would_refuse_is_answered_with_what_is_wrong(review: Review) -> None:
    post, ts = await review.card()
    await send(review, await opened(review, ts, "edit"), text="word " * 100)
    (view,) = (await review.house.see("views", user="U0MARA"))["views"]
    assert "cannot be approved: X counts 499 of 280 characters. Shorten the text by 219." in words(view["blocks"])
    assert (await text_of(review, post))[0] == 2


async def test_an_unchanged_text_is_said_under_the_field(review: Review) -> None:
    post, ts = await review.card()
    outcome = await send(review, await opened(review, ts, "edit"), text="text")
    assert outcome["shown"] == ["Nothing was changed."] and len(outcome["open"]) == 1
    again = await send(review, (await review.house.see("views", user="U0MARA"))["views"][0], text="Changed.")
    assert again["open"] == [] and await text_of(review, post) == (2, "Changed.")


async def test_an_edit_that_comes_too_late_keeps_what_was_written(review: Review) -> None:
    post, ts = await review.card()
    mine = await opened(review, ts, "edit")
    await send(review, await opened(review, ts, "edit", "U0BEN"), "U0BEN", text="Ben's text.")
    outcome = await send(review, mine, text="Mara's long text.")
    (view,) = (await review.house.see("views", user="U0MARA"))["views"]
    said = words(view["blocks"])
    assert "revision 2 is here" in said and "Mara's long text." in said, outcome
    assert await text_of(review, post) == (2, "Ben's text.")


async def test_a_reason_with_a_chip_and_words_is_kept_and_shown(review: Review) -> None:
    post, ts = await review.card()
    await send(review, await opened(review, ts, "reject"), chips="Off brand", words="Too loud")
    assert await review.team.state(post) == "rejected"
    await review.draw()
    assert "Off brand. Too loud" in words((await review.shown(ts))["blocks"])


async def test_rejecting_without_a_reason_works_too(review: Review) -> None:
    post, ts = await review.card()
    assert (await send(review, await opened(review, ts, "reject")))["open"] == []
    assert await review.team.state(post) == "rejected"


async def test_a_word_of_direction_goes_to_the_writer_and_nothing_can_be_approved_meanwhile(review: Review) -> None:
    post, ts = await review.card()
    token = await review.token(ts)
    await send(review, await opened(review, ts, "regenerate"), chips=["Shorter", "More playful"], words="for designers")
    assert await review.team.state(post) == "planned"
    found = await review.team.value("SELECT direction FROM posts WHERE workspace_id = %(workspace_id)s")
    assert found == "Shorter, More playful. for designers"
    assert ("planned", review.team.workspace_id, post) in review.hint.given
    late = await review.click(ts, "approve", value=token)
    assert late["shown"] and await review.team.state(post) == "planned"


async def test_a_post_moves_to_the_slot_that_was_chosen(review: Review) -> None:
    _, ts = await review.card()
    token = await review.token(ts, "edit")
    view = await opened(review, ts, "more", value=f"move:{token}")
    choice = view["blocks"][1]["element"]["options"][2]["value"]
    assert (await send(review, view, slot=choice))["open"] == []
    slot: Any = await review.team.value("SELECT slot FROM posts WHERE workspace_id = %(workspace_id)s")
    assert slot.isoformat() == choice


async def test_a_dialog_for_an_answer_that_came_too_late_says_so_at_once(review: Review) -> None:
    _, ts = await review.card()
    token = await review.token(ts)
    await review.click(ts, "approve", wait=0)
    view = await opened(review, ts, "regenerate", value=token)
    assert "#1001 is approved already" in words(view["blocks"]) and not view["submit"]


async def test_a_dialog_of_somebody_who_lost_the_right_meanwhile_decides_nothing(review: Review) -> None:
    post, ts = await review.card()
    view = await opened(review, ts, "reject", "U0BEN")
    team = review.team
    await revoke(team.worker, review.hint, team.workspace_id, team.owner, team.reviewer)
    await send(review, view, "U0BEN")
    (shown,) = (await review.house.see("views", user="U0BEN"))["views"]
    assert "may not decide about posts here" in words(shown["blocks"])
    assert await team.state(post) == "in_review"


async def test_a_dialog_that_is_delivered_again_has_one_effect(review: Review) -> None:
    post, ts = await review.card()
    view = await opened(review, ts, "reject")
    payload = {
        "type": "view_submission",
        "user": {"id": "U0MARA", "team_id": "T0SANDBOX"},
        "team": {"id": "T0SANDBOX"},
        "view": view,
    }
    body = orjson.dumps(payload)
    kind = {"Content-Type": "application/json"}
    answers = [await review.house.post_raw(body, **review.house.signed(body), **kind) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == b"" and "had arrived before" in answers[1].text
    found = await review.team.value("SELECT count(*) FROM decisions WHERE workspace_id = %(workspace_id)s")
    assert found == 1 and await review.team.state(post) == "rejected"


async def test_a_page_that_cannot_be_read_is_described_from_its_digest(review: Review) -> None:
    team = review.team
    values = {"app": team.web_app, "chat": team.channel}
    async with team.worker.transaction(team.workspace_id) as tx:
        await tx.run(
            "INSERT INTO batches (workspace_id, id, web_app_id, local_date, deliver_from, state, problem) VALUES"
            " (%(workspace_id)s, gen_random_uuid(), %(app)s, current_date, now(), 'unreadable', 'It answered 404.')",
            values,
        )
        batch = await tx.value("SELECT id FROM batches WHERE workspace_id = %(workspace_id)s")
        await tx.run(
            "INSERT INTO cards (workspace_id, id, kind, chat_id, batch_id)"
            " VALUES (%(workspace_id)s, gen_random_uuid(), 'digest', %(chat)s, %(batch)s)",
            {**values, "batch": batch},
        )
    await review.draw()
    ts = str(await team.value("SELECT message_ref FROM cards WHERE workspace_id = %(workspace_id)s"))
    view = await opened(review, ts, "describe")
    assert "sunrise.example" in words(view["blocks"])
    await send(review, view, words="A diary for early risers.")
    found = await team.value("SELECT description FROM web_apps WHERE workspace_id = %(workspace_id)s")
    assert found == "A diary for early risers."
    assert ("batch", team.workspace_id, batch) in review.hint.given


MOVED = "UPDATE posts SET event = %(event)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"


async def test_the_link_of_another_post_proves_nothing(review: Review) -> None:
    other, _ = await review.card("approved")
    async with review.team.worker.transaction(review.team.workspace_id) as tx:
        number = await tx.value(
            "UPDATE posts SET remote_id = '1801' WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING number",
            {"id": other},
        )
    post, ts = await review.card("approved")
    for event in ("claim", "lose", "ask"):
        async with review.team.worker.transaction(review.team.workspace_id) as tx:
            await tx.run(MOVED, {"id": post, "event": event})
    await review.team.value("UPDATE cards SET drawn = 0 WHERE workspace_id = %(workspace_id)s RETURNING 1")
    await review.draw()
    outcome = await send(review, await opened(review, ts, "live"), link="https://x.com/sunrise/status/1801")
    assert outcome["shown"] == [
        f"This link leads to #{number}, which is another post. Open this one there and copy its address."
    ]
    assert await review.team.state(post) == "needs_human"


# --- settings --------------------------------------------------------------------------------------------------------

SETTINGS = """
SELECT r.settings FROM posts p JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
AGREED: dict[str, Any] = {"privacy": "FOLLOWER_OF_CREATOR", "disclosure": "own", "consent": ["yes"]}


@pytest.fixture
async def tiktok(review: Review, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A TikTok for which nobody chose anything, and the message of its card. TikTok refuses it as it is."""

    def check(payload: Payload) -> list[str]:
        return [f"TikTok wants this chosen: {one.short}." for one in missing(Platform.TIKTOK, payload.settings)]

    monkeypatch.setitem(CHECKS, Platform.TIKTOK, check)
    post, ts = await review.card()
    for change in ("accounts SET platform = 'tiktok'", "cards SET drawn = 0"):
        await review.team.value(f"UPDATE {change} WHERE workspace_id = %(workspace_id)s RETURNING 1")
    await review.draw()
    return post, ts


async def buttons(review: Review, ts: str) -> dict[str, str | None]:
    found = elements((await review.shown(ts))["blocks"])
    return {str(one["action_id"]): one.get("style") for one in found if "action_id" in one}


async def test_a_tiktok_wants_settings_before_it_can_be_approved(review: Review, tiktok: Any) -> None:
    post, ts = tiktok
    before = await buttons(review, ts)
    assert before["choose"] == "primary" and "approve" not in before
    assert "Who may see it: not chosen yet" in words((await review.shown(ts))["blocks"])
    view = await opened(review, ts, "choose")
    assert (await send(review, view, **AGREED))["open"] == []
    assert await review.team.value(SETTINGS, id=post) == {
        "privacy": "FOLLOWER_OF_CREATOR",
        "comments": "no",
        "disclosure": "own",
        "synthetic": "no",
        "consent": "yes",
    }
    assert await text_of(review, post) == (2, "text")
    await review.draw()
    assert "approve" in await buttons(review, ts)
    assert "Who may see it: followers" in words((await review.shown(ts))["blocks"])
    await review.click(ts, "approve")
    assert await review.team.state(post) == "approved"


async def test_the_dialog_of_a_tiktok_has_nothing_chosen_but_what_is_off(review: Review, tiktok: Any) -> None:
    view = await opened(review, tiktok[1], "choose")
    asked = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    given = {name: one.get("initial_option", {}).get("value") for name, one in asked.items()}
    assert given == {"privacy": None, "comments": "no", "disclosure": None, "synthetic": "no", "consent": None}
    assert "initial_options" not in asked["consent"]


async def test_the_dialog_offers_what_the_account_offers_and_says_that_comments_are_off(
    review: Review, tiktok: Any
) -> None:
    few = {"values": {"privacy": ["FOLLOWER_OF_CREATOR", "SELF_ONLY"], "comments": ["no"]}, "seconds": 60}
    options = "UPDATE accounts SET options = %(few)s WHERE workspace_id = %(workspace_id)s RETURNING 1"
    await review.team.value(options, few=Jsonb(few))
    view = await opened(review, tiktok[1], "choose")
    asked = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert "comments" not in asked and "Comments are off" in words(view["blocks"])
    assert [one["value"] for one in asked["privacy"]["options"]] == ["FOLLOWER_OF_CREATOR", "SELF_ONLY"]
    assert (await send(review, view, **AGREED))["open"] == []
    assert await review.team.value(SETTINGS, id=tiktok[0]) == {
        "privacy": "FOLLOWER_OF_CREATOR",
        "comments": "no",
        "disclosure": "own",
        "synthetic": "no",
        "consent": "yes",
    }


async def test_what_is_wrong_with_settings_is_said_under_each_field(review: Review, tiktok: Any) -> None:
    post, ts = tiktok
    wrong = {**AGREED, "privacy": "SELF_ONLY", "disclosure": "paid"}
    outcome = await send(review, await opened(review, ts, "choose"), **wrong)
    assert outcome["shown"] == ["TikTok does not let a paid partnership be private. Choose who else may see it."]
    assert len(outcome["open"]) == 1 and await review.team.value(SETTINGS, id=post) == {}


async def test_settings_that_change_an_approved_post_take_its_approval(review: Review, tiktok: Any) -> None:
    post, ts = tiktok
    await send(review, await opened(review, ts, "choose"), **AGREED)
    await review.draw()
    token = await review.token(ts)
    await review.click(ts, "approve")
    await review.draw()
    view = await opened(review, ts, "more", value=f"choose:{token}")
    assert view["blocks"][1]["element"]["initial_option"]["value"] == "FOLLOWER_OF_CREATOR"
    await send(review, view, **{**AGREED, "comments": "yes"})
    assert await review.team.state(post) == "in_review"
    assert (await text_of(review, post))[0] == 3


async def test_the_same_settings_are_no_revision(review: Review, tiktok: Any) -> None:
    post, ts = tiktok
    await send(review, await opened(review, ts, "choose"), **AGREED)
    await review.draw()
    token = await review.token(ts)
    outcome = await send(review, await opened(review, ts, "more", value=f"choose:{token}"), **AGREED)
    assert outcome["shown"] == ["Nothing was changed."] and (await text_of(review, post))[0] == 2


async def test_settings_sent_for_a_platform_that_has_none_change_nothing(review: Review) -> None:
    post, ts = await review.card()
    view = {**await opened(review, ts, "reject"), "callback_id": "choose", "state": {"values": {}}}
    payload = {
        "type": "view_submission",
        "user": {"id": "U0MARA", "team_id": "T0SANDBOX"},
        "team": {"id": "T0SANDBOX"},
        "view": view,
    }
    body = orjson.dumps(payload)
    answer = await review.house.post_raw(body, **review.house.signed(body), **{"Content-Type": "application/json"})
    assert "There is nothing to choose for a post on this platform." in answer.text
    assert (await text_of(review, post))[0] == 1
