"""A written batch becomes cards in every chat; a chat that misbehaves costs nobody else a card."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.card import DigestView, PostView, Surface
from pipeline.deliver import deliver_batch
from pipeline.draw import Delivery, draw_chat
from pipeline.ports import ChatBusy, ChatGone, ChatRefused, MessageGone
from pipeline.write import write_batch
from tests.pipeline.conftest import Hints, Team
from tests.pipeline.desk import Chat, NoPace, delivery, open_site, writing
from tests.pipeline.house import BY_NAME, House
from tests.pipeline.test_write import TIMES, planned

CARDS = "SELECT wanted, drawn, last_error FROM cards WHERE workspace_id = %(workspace_id)s AND chat_id = %(chat)s"


async def _delivered(house: House, hint: Hints, home: Path, posts: int = 3) -> None:
    await house.connect(BY_NAME["x"])
    async with open_site() as site:
        batch = await planned(house.team, site, hint, TIMES[:posts])
        await write_batch(house.workspace_id, batch, writing(house.team, site, home, hint))
    await deliver_batch(house.team.worker, hint, house.workspace_id, batch)
    await deliver_batch(house.team.worker, hint, house.workspace_id, batch)


async def _cards(team: Team, chat: UUID) -> list[dict[str, Any]]:
    async with team.worker.transaction(team.workspace_id) as tx:
        return await tx.dicts(CARDS, {"chat": chat})


def _both(house: House, home: Path, hint: Hints) -> tuple[Chat, Chat, Delivery]:
    slack, telegram = Chat(Surface.SLACK), Chat(Surface.TELEGRAM)
    return slack, telegram, delivery(house.team.worker, [slack, telegram], home, hint)


async def test_every_chat_gets_the_digest_first_and_then_a_card_for_each_post(
    house: House, hint: Hints, tmp_path: Path
) -> None:
    await _delivered(house, hint, tmp_path)
    slack, telegram, deps = _both(house, tmp_path, hint)
    await asyncio.gather(
        *(draw_chat(house.workspace_id, chat, deps) for chat in (house.team.channel, house.team.group))
    )
    for chat in (slack, telegram):
        first, *rest = [face.view for face in chat.drawn]
        assert isinstance(first, DigestView) and len(first.lines) == 3 and first.problem is None
        assert len(rest) == 3 and all(isinstance(view, PostView) and view.state == "in_review" for view in rest)
    assert len({face.token for chat in (slack, telegram) for face in chat.drawn if face.token}) == 6
    assert all(face.picture for face in slack.drawn[1:] if isinstance(face.view, PostView) and face.view.picture_digest)


async def test_two_loops_for_one_chat_draw_each_card_once(house: House, hint: Hints, tmp_path: Path) -> None:
    await _delivered(house, hint, tmp_path)
    slack, _, deps = _both(house, tmp_path, hint)
    await asyncio.gather(*(draw_chat(house.workspace_id, house.team.channel, deps) for _ in range(4)))
    assert len(slack.drawn) == 4


async def test_a_changed_post_is_drawn_again_into_the_same_message_with_the_same_button(
    house: House, hint: Hints, tmp_path: Path
) -> None:
    await _delivered(house, hint, tmp_path, posts=1)
    slack, _, deps = _both(house, tmp_path, hint)
    await draw_chat(house.workspace_id, house.team.channel, deps)
    await house.run("UPDATE posts SET trouble = 'something new' WHERE workspace_id = %(workspace_id)s")
    await draw_chat(house.workspace_id, house.team.channel, deps)
    before, after = slack.drawn[1], slack.drawn[2]
    assert (after.place.message, after.token) == ("m2", before.token)
    assert isinstance(after.view, PostView) and after.view.trouble == "something new" and after.picture is None


async def test_a_card_that_cannot_be_drawn_waits_and_the_others_do_not(
    house: House, hint: Hints, tmp_path: Path
) -> None:
    await _delivered(house, hint, tmp_path)
    slack, _, deps = _both(house, tmp_path, hint)
    slack.failing = [ChatRefused("No blocks like these."), RuntimeError("a bug in a renderer")]
    await draw_chat(house.workspace_id, house.team.channel, deps)
    rows = await _cards(house.team, house.team.channel)
    waiting = [row["last_error"] for row in rows if row["drawn"] < row["wanted"]]
    assert len(slack.drawn) == 2 and sorted(waiting) == ["No blocks like these.", "RuntimeError"]


async def test_a_busy_chat_is_left_alone_and_the_other_is_not_delayed(
    house: House, hint: Hints, tmp_path: Path
) -> None:
    await _delivered(house, hint, tmp_path)
    slack, telegram, deps = _both(house, tmp_path, hint)
    slack.failing = [ChatBusy(30.0)]
    await asyncio.gather(
        *(draw_chat(house.workspace_id, chat, deps) for chat in (house.team.channel, house.team.group))
    )
    await draw_chat(house.workspace_id, house.team.channel, deps)  # a hint that comes too early
    assert (len(slack.drawn), len(telegram.drawn)) == (0, 4)
    await house.run("UPDATE chats SET parked_until = now() WHERE workspace_id = %(workspace_id)s")
    await draw_chat(house.workspace_id, house.team.channel, deps)
    assert len(slack.drawn) == 4


class Crowded(NoPace):
    """Room for what is urgent, and for the rest only in a while."""

    async def reserve(self, key: str, *, burst: int, per_minute: float, spare: bool = False) -> float:
        return 7.0 if spare else 0.0


async def test_a_digest_is_drawn_again_only_with_room_that_no_card_wants(
    house: House, hint: Hints, tmp_path: Path
) -> None:
    await _delivered(house, hint, tmp_path, posts=1)
    slack, _, deps = _both(house, tmp_path, hint)
    await draw_chat(house.workspace_id, house.team.channel, replace(deps, pace=Crowded()))
    assert [type(face.view) for face in slack.drawn] == [DigestView, PostView]  # a new one is no luxury
    await house.run("UPDATE posts SET event = 'reject' WHERE workspace_id = %(workspace_id)s")
    await draw_chat(house.workspace_id, house.team.channel, replace(deps, pace=Crowded()))
    await draw_chat(house.workspace_id, house.team.channel, deps)  # a hint that comes too early
    assert [type(face.view) for face in slack.drawn[2:]] == [PostView]
    await house.run("UPDATE cards SET next_try_at = now() WHERE workspace_id = %(workspace_id)s")
    await draw_chat(house.workspace_id, house.team.channel, deps)
    assert [type(face.view) for face in slack.drawn[3:]] == [DigestView]


async def test_a_message_that_was_deleted_is_posted_anew(house: House, hint: Hints, tmp_path: Path) -> None:
    await _delivered(house, hint, tmp_path, posts=1)
    slack, _, deps = _both(house, tmp_path, hint)
    await draw_chat(house.workspace_id, house.team.channel, deps)
    await house.run("UPDATE posts SET trouble = 'new' WHERE workspace_id = %(workspace_id)s")
    slack.failing = [MessageGone()]
    await draw_chat(house.workspace_id, house.team.channel, deps)
    assert slack.drawn[-1].place.message is None


async def test_a_chat_that_is_gone_is_told_to_the_others(house: House, hint: Hints, tmp_path: Path) -> None:
    await _delivered(house, hint, tmp_path, posts=1)
    slack, telegram, deps = _both(house, tmp_path, hint)
    telegram.failing = [ChatGone("The bot was removed from the group.")]
    await draw_chat(house.workspace_id, house.team.group, deps)
    await draw_chat(house.workspace_id, house.team.channel, deps)
    assert not telegram.drawn and any("removed" in getattr(face.view, "text", "") for face in slack.drawn)


async def test_a_card_knows_in_which_chats_its_post_can_be_decided(house: House, hint: Hints, tmp_path: Path) -> None:
    await _delivered(house, hint, tmp_path, posts=1)
    slack, _, deps = _both(house, tmp_path, hint)
    await draw_chat(house.workspace_id, house.team.channel, deps)
    views = [face.view for face in slack.drawn if isinstance(face.view, PostView)]
    assert views and set(views[0].chats) == {Surface.SLACK, Surface.TELEGRAM}


async def test_a_text_that_could_not_be_shown_whole_cannot_be_approved_by_that_card(
    house: House, hint: Hints, tmp_path: Path
) -> None:
    await _delivered(house, hint, tmp_path, posts=1)
    slack, _, deps = _both(house, tmp_path, hint)
    slack.whole = False
    await draw_chat(house.workspace_id, house.team.channel, deps)
    shown = await house.team.value("SELECT bool_or(shown_whole) FROM card_faces WHERE workspace_id = %(workspace_id)s")
    assert shown is False
