"""Whoever looks at a card learns that the account's limit has no room at its slot, and only slots with room are offered."""

from datetime import UTC, datetime, timedelta

from bot.statuses import status
from domain.card import PostView
from domain.decision import Decision
from domain.post import PostRef
from domain.slots import Soon
from pipeline.decide import Click, Deciding, decide, open_dialog
from pipeline.faces import no_room, post_view
from pipeline.publish import publish
from storage import cards
from tests.pipeline.house import BY_NAME, House

SOON = Soon(60, 900)
_ONE_A_DAY = "UPDATE accounts SET posts_a_day = 1 WHERE workspace_id = %(workspace_id)s"
_SLOT = "UPDATE posts SET slot = %(at)s, next_at = %(at)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
_NO_TIMES = "UPDATE web_apps SET slot_times = '{}' WHERE workspace_id = %(workspace_id)s"
_REVOKE = """
UPDATE posts SET event = 'revoke', approval_id = NULL, next_at = slot WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_DRAWN = "UPDATE cards SET message_ref = 'm', drawn = wanted WHERE workspace_id = %(workspace_id)s"
_UNDRAWN = "SELECT bool_or(undrawn) FROM cards WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s"
_BLOCK = """
INSERT INTO platform_identities (platform, remote_id, blocked_until)
SELECT platform, remote_id, now() + interval '3 hours' FROM accounts WHERE workspace_id = %(workspace_id)s
ON CONFLICT (platform, remote_id) DO UPDATE SET blocked_until = excluded.blocked_until
"""


async def view(house: House, post: PostRef) -> PostView:
    """The post's card as it is drawn."""
    async with house.team.worker.transaction(house.workspace_id) as tx:
        row = await cards.post_card(tx, post.post_id)
        assert row is not None
        return post_view(row, full=await no_room(tx, row, SOON))


async def button(house: House, post: PostRef) -> str:
    """The token of its card's buttons."""
    async with house.team.worker.transaction(house.workspace_id) as tx:
        asked = "SELECT id FROM cards WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s"
        card = await tx.value(asked, {"id": post.post_id})
        return await cards.face_token(tx, card, post.post_id, 1, "t" * 22)


def hours(at: datetime | None) -> int:
    assert at is not None
    return round((at - datetime.now(UTC)).total_seconds() / 3_600)


async def test_a_card_under_review_names_the_instant_with_room_and_the_next_slot(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    await house.run(_NO_TIMES)
    await publish(await house.post(account), house.publishing)
    assert (await view(house, await house.post(account, late=-3_600))).full_until is None
    await house.run(_ONE_A_DAY)
    post = await house.post(account, late=-7_200)
    await house.run(_REVOKE, id=post.post_id)
    shown = await view(house, post)
    # One is out, another approved for the hour before: this one is the third.
    assert (hours(shown.full_until), hours(shown.free_slot)) == (48, 48)
    assert (
        "Limit of " in status(shown) and " used up until " in status(shown) and "the next free slot is" in status(shown)
    )


async def test_an_approved_post_says_when_it_goes_out_instead(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    await house.run(_ONE_A_DAY)
    await publish(await house.post(account), house.publishing)
    post = await house.post(account)
    await publish(post, house.publishing)
    shown = await view(house, post)
    assert hours(shown.full_until) == 24 and "and it goes out then" in status(shown)
    assert "goes out when there is room again" not in status(shown)


async def test_a_wall_of_the_platform_is_told_as_well(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]), late=-3_600)
    await house.run(_BLOCK)
    assert hours((await view(house, post)).full_until) == 3
    await house.run(_SLOT, id=post.post_id, at=datetime.now(UTC) + timedelta(hours=4))
    assert (await view(house, post)).full_until is None


async def test_a_dialog_offers_only_slots_with_room_and_next_takes_the_first(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    await house.run(_ONE_A_DAY)
    await publish(await house.post(account), house.publishing)
    post = await house.post(account, late=3 * 3_600)
    await publish(post, house.publishing)  # missed: its slot is too long ago
    token = await button(house, post)
    deciding = Deciding(house.team.worker, lambda platform, payload: [], house.hint, SOON)
    dialog = await open_dialog(token, deciding)
    assert dialog is not None and len(dialog.slots) == 8 and hours(min(dialog.slots)) >= 24
    await decide(Click("k", "slack", "T1", "U2", token), Decision.NEXT, deciding)
    row = await house.row(post)
    assert row["state"] == "approved" and row["slot_in"] >= 86_000


async def test_who_loses_the_last_place_to_an_approved_post_is_drawn_again(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    await house.run(_ONE_A_DAY)
    later, approved, far = [await house.post(account, late=-3_600 * n) for n in (2, 1, 30)]
    for post in (later, far):
        await house.run(_REVOKE, id=post.post_id)
    await house.run(_DRAWN)
    await view(house, approved)
    assert [await house.team.value(_UNDRAWN, id=post.post_id) for post in (later, far)] == [True, False]
    await house.run(_DRAWN)
    await view(house, later)  # nothing is taken from anybody by a post that is not approved
    assert await house.team.value(_UNDRAWN, id=approved.post_id) is False
