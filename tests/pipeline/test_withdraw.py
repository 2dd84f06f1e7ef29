"""A published post that a person wants gone is deleted at its platform; twice is the same as once."""

import httpx
import pytest

from domain.decision import Decision
from domain.post import PostRef
from pipeline.withdraw import withdraw
from tests.pipeline.house import BY_NAME, KINDS, House, Kind


async def _unwanted(house: House, kind: Kind) -> PostRef:
    post = await house.post(await house.connect(kind))
    await house.settle(post)
    assert await house.answer(post, Decision.WITHDRAW) == "applied"
    return post


def _deletions(house: House) -> int:
    return sum(entry["effect"] == "delete" for entry in house.lane.world.ledger.entries())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_post_is_deleted_and_rests(house: House, kind: Kind) -> None:
    post = await _unwanted(house, kind)
    await withdraw(post, house.publishing)
    await withdraw(post, house.publishing)
    row = await house.row(post)
    assert (row["state"], row["next_measure_at"], row["withdraw_wanted"]) == ("withdrawn", None, None)
    assert _deletions(house) == 1


async def test_a_deletion_whose_answer_got_lost_is_tried_again(house: House) -> None:
    post = await _unwanted(house, BY_NAME["x"])
    house.lane.fault("x.delete", "accept_then_close")
    await withdraw(post, house.publishing)
    row = await house.row(post)
    assert row["state"] == "published" and row["withdraw_wanted"] is not None and row["trouble"]
    await _now(house, post)
    await withdraw(post, house.publishing)
    assert await house.state(post) == "withdrawn"


async def test_an_expired_token_is_renewed_for_a_deletion_too(house: House) -> None:
    post = await _unwanted(house, BY_NAME["x"])
    httpx.post(f"{house.lane.base_url}/_sandbox/clock", json={"advance_seconds": 7300}).raise_for_status()
    await withdraw(post, house.publishing)
    await _now(house, post)
    await withdraw(post, house.publishing)
    assert await house.state(post) == "withdrawn" and _deletions(house) == 1


async def test_without_a_connection_the_card_says_why_and_a_person_may_ask_again(house: House) -> None:
    post = await _unwanted(house, BY_NAME["x"])
    await house.run("DELETE FROM secrets WHERE workspace_id = %(workspace_id)s")
    await withdraw(post, house.publishing)
    row = await house.row(post)
    assert (row["state"], row["withdraw_wanted"]) == ("published", None) and "not connected" in row["trouble"]
    assert await house.answer(post, Decision.WITHDRAW) == "applied"


async def _now(house: House, post: PostRef) -> None:
    statement = "UPDATE posts SET withdraw_wanted = now() WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
    await house.run(statement, id=post.post_id)
