"""The parts of an album become one wish, in whatever order and however often they come."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.card import Surface
from domain.decision import Outcome
from domain.handed import HandedFile
from pipeline.albums import Joined, join_album, refuse_album
from pipeline.decide import Click, Deciding, Unusable
from pipeline.hand_over import hand_over
from storage.session import Database
from tests.pipeline.conftest import Hints, Team
from tests.pipeline.test_hand_over import a_card, wishes

ALBUM = "album:-100:42"
FIRST = HandedFile("A", "a.jpg", 40_000, "image/jpeg", 11)
SECOND = replace(FIRST, ref="B", place=12)
FILM = HandedFile("C", "c.mp4", 90_000, "video/mp4", 13)
WAITS = "SELECT next_at > now() + interval '1 second' FROM handed WHERE workspace_id = %(workspace_id)s"


@pytest.fixture
def deps(web: Database, hint: Hints) -> Deciding:
    return Deciding(web, lambda platform, payload: [], hint)


async def begin(team: Team, deps: Deciding, file: HandedFile = FIRST) -> UUID:
    post, token = await a_card(team)
    click = Click(ALBUM, Surface.SLACK, "T1", "U2", token)
    assert (await hand_over(click, [file], "", deps, album=ALBUM)).outcome is Outcome.APPLIED
    assert (await hand_over(click, [file], "", deps, album=ALBUM)).outcome is Outcome.REPLAY
    return post


async def join(team: Team, deps: Deciding, file: HandedFile, description: str = "") -> Joined:
    return await join_album(deps.database, deps.hint, team.workspace_id, ALBUM, file, description)


async def test_parts_join_in_their_places_and_each_pushes_the_fetching_away(team: Team, deps: Deciding) -> None:
    post = await begin(team, deps, SECOND)
    assert await team.value(WAITS) is True
    await team.value("UPDATE handed SET next_at = now() WHERE workspace_id = %(workspace_id)s RETURNING 1")
    assert await join(team, deps, FIRST, "The  quay") is Joined.JOINED
    assert await team.value(WAITS) is True
    (wish,) = await wishes(team, post)
    assert isinstance(wish["files"], list)
    assert [one["ref"] for one in wish["files"]] == ["A", "B"] and wish["description"] == "The quay"


async def test_a_part_that_comes_twice_is_there_once(team: Team, deps: Deciding) -> None:
    post = await begin(team, deps)
    assert await join(team, deps, SECOND, "One") is Joined.JOINED
    assert await join(team, deps, SECOND, "Two") is Joined.JOINED
    (wish,) = await wishes(team, post)
    assert isinstance(wish["files"], list)
    assert [one["ref"] for one in wish["files"]] == ["A", "B"] and wish["description"] == "One"


async def test_a_part_of_no_wish_is_an_answer_of_its_own(team: Team, deps: Deciding) -> None:
    assert await join(team, deps, SECOND) is Joined.FIRST


async def test_a_part_that_comes_while_the_files_are_fetched_is_late(team: Team, deps: Deciding) -> None:
    await begin(team, deps)
    lease = "UPDATE handed SET lease_until = now() + interval '{}' WHERE workspace_id = %(workspace_id)s RETURNING 1"
    await team.value(lease.format("1 minute"))
    assert await join(team, deps, SECOND) is Joined.LATE
    assert await refuse_album(deps.database, deps.hint, team.workspace_id, ALBUM, "No.") is False
    assert await join(team, deps, FIRST) is Joined.JOINED  # this one is among them
    await team.value(lease.format("-1 second"))
    await team.value("UPDATE handed SET lease_by = 'w1' WHERE workspace_id = %(workspace_id)s RETURNING 1")
    assert await join(team, deps, SECOND) is Joined.JOINED
    assert await team.value("SELECT lease_by FROM handed WHERE workspace_id = %(workspace_id)s") is None


async def test_an_album_that_can_be_no_post_is_not_fetched_and_its_card_is_drawn_again(
    team: Team, deps: Deciding, hint: Hints
) -> None:
    post = await begin(team, deps)
    with pytest.raises(Unusable, match="Pictures and films do not go into one post"):
        await join(team, deps, FILM)
    assert [(wish["outcome"], wish["due"]) for wish in await wishes(team, post)] == [("problem", False)]
    assert ("redraw", team.workspace_id, team.workspace_id) in hint.given
    assert await join(team, deps, SECOND) is Joined.LATE


async def test_a_refused_part_takes_its_album_with_it(team: Team, deps: Deciding) -> None:
    post = await begin(team, deps)
    assert await refuse_album(deps.database, deps.hint, team.workspace_id, ALBUM, "One is too large.") is True
    assert await refuse_album(deps.database, deps.hint, team.workspace_id, ALBUM, "One is too large.") is False
    problem = await team.value("SELECT problem FROM handed WHERE workspace_id = %(workspace_id)s")
    assert problem == "One is too large."
    assert [wish["due"] for wish in await wishes(team, post)] == [False]
