"""Turns: who comes meanwhile goes with the next one, a failure is found out alone, and a lost answer is nobody's to repeat."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import pytest
from psycopg import errors

from storage import decisions
from storage.session import Database
from storage.together import MOST, Together
from tests.storage.conftest import Connection, House, decided
from tests.storage.test_decide import recorded


class Doubling:
    """Doubles numbers when it is let; keeps in which turns they came."""

    def __init__(self) -> None:
        self.turns: list[list[int]] = []
        self.let = asyncio.Event()
        self.lost = False

    async def __call__(self, numbers: Sequence[int], patient: bool) -> list[int]:
        self.turns.append(list(numbers))
        await self.let.wait()
        if self.lost:
            raise psycopg.OperationalError("the connection is lost")
        if 0 in numbers:
            raise ValueError("zero")
        return [number * 2 for number in numbers]


async def begun(together: "Together[int, int]", *numbers: int) -> list["asyncio.Task[int]"]:
    tasks = [asyncio.create_task(together(number)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_the_first_to_come_waits_for_nobody_and_the_rest_share_the_next_turn() -> None:
    doubling = Doubling()
    together: Together[int, int] = Together(doubling)
    tasks = await begun(together, 1) + await begun(together, 2, 3, 4)
    doubling.let.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8]
    assert doubling.turns == [[1], [2, 3, 4]]
    assert await together(5) == 10


async def test_a_turn_has_its_end_and_keeps_the_order() -> None:
    doubling = Doubling()
    together: Together[int, int] = Together(doubling)
    tasks = await begun(together, *range(1, MOST + 4))
    doubling.let.set()
    assert await asyncio.gather(*tasks) == [2 * n for n in range(1, MOST + 4)]
    assert [len(turn) for turn in doubling.turns] == [MOST, 3]


async def test_one_that_fails_fails_alone() -> None:
    doubling = Doubling()
    together: Together[int, int] = Together(doubling)
    tasks = await begun(together, 1, 0, 2)
    doubling.let.set()
    assert [await tasks[0], await tasks[2]] == [2, 4]
    with pytest.raises(ValueError, match="zero"):
        await tasks[1]
    assert doubling.turns == [[1, 0, 2], [1], [0], [2]]


async def test_what_may_have_been_done_is_not_done_again() -> None:
    doubling = Doubling()
    doubling.lost = True
    together: Together[int, int] = Together(doubling)
    tasks = await begun(together, 1, 2)
    doubling.let.set()
    came = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in came] == [psycopg.OperationalError] * 2
    assert doubling.turns == [[1, 2]]


async def test_who_hangs_up_takes_nobody_along() -> None:
    doubling = Doubling()
    together: Together[int, int] = Together(doubling)
    first, second = await begun(together, 1, 2)
    first.cancel()
    doubling.let.set()
    assert await second == 4


def params(house: House, post: Any, decision: str = "approve") -> dict[str, Any]:
    return {**house.pressed(house.token(post), decision, "bob"), "detail": None}


async def test_a_click_that_breaks_is_told_so_and_the_others_are_decided(house: House, web: Database) -> None:
    posts = [house.post() for _ in range(4)]
    details: list[dict[str, Any] | None] = [None, {}, None, None]
    clicks = [params(house, post, "edit" if n == 1 else "approve") for n, post in enumerate(posts)]
    clicks[1]["reason"] = "a character that no database keeps: \0"
    came = await asyncio.gather(
        *(decisions.decide(web, click, detail) for click, detail in zip(clicks, details, strict=True)),
        return_exceptions=True,
    )
    assert isinstance(came[1], errors.UntranslatableCharacter)
    assert [verdict["outcome"] for n, verdict in enumerate(came) if n != 1] == ["applied"] * 3  # type: ignore[index]
    assert [house.state(post) for post in posts] == ["approved", "in_review", "approved", "approved"]


async def test_who_must_wait_for_a_post_holds_up_nobody_elses(house: House, web: Database, as_web: Connection) -> None:
    held, free = house.post(), house.post()
    with as_web.transaction():
        as_web.execute("SELECT set_config('app.workspace', %s, true)", (str(house.id),))
        as_web.execute("SELECT FROM posts WHERE id = %s FOR UPDATE", (held,))
        waiting = asyncio.create_task(decisions.decide(web, params(house, held), None))
        assert (await decisions.decide(web, params(house, free), None))["outcome"] == "applied"
        assert not waiting.done()
    assert (await waiting)["outcome"] == "applied"


SLOW = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
CREATE TRIGGER dawdle AFTER INSERT ON decisions FOR EACH STATEMENT EXECUTE FUNCTION dawdle()
"""
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE usename = 'amarktai_web' AND datname = current_database() AND wait_event = 'PgSleep'
"""


@pytest.fixture
async def dawdling(as_superuser: Connection) -> AsyncIterator[Connection]:
    """Every decision takes a minute, until somebody cuts the connection."""
    as_superuser.execute(SLOW)
    yield as_superuser


async def test_a_connection_cut_in_the_middle_leaves_nothing_and_all_may_come_again(
    house: House, web: Database, as_web: Connection, dawdling: Connection
) -> None:
    posts = [house.post() for _ in range(3)]
    clicks = [params(house, post) for post in posts]
    deciding = [asyncio.create_task(decisions.decide(web, click, None)) for click in clicks]
    while dawdling.execute(CUT).fetchone() is None:
        await asyncio.sleep(0.01)
    came = await asyncio.gather(*deciding, return_exceptions=True)
    assert all(isinstance(error, psycopg.OperationalError) for error in came)
    dawdling.execute("DROP TRIGGER dawdle ON decisions")
    assert [(house.state(post), recorded(house, post)) for post in posts] == [("in_review", [])] * 3
    assert [verdict["outcome"] for verdict in decided(as_web, *clicks, *clicks)] == ["applied"] * 3 + ["replay"] * 3
