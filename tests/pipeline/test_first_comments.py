"""A first comment follows its post once, on platforms that let it be looked for and on one that does not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from domain.payload import Payload
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import AccountKind
from domain.settings import Setting
from pipeline.parts import follow
from tests.pipeline.house import BACK, BY_NAME, House, Kind, some_text

KINDS = {
    "facebook": Kind("facebook", Platform.FACEBOOK, AccountKind.ORGANISATION, "facebook.publish"),
    "linkedin organisation": BY_NAME["linkedin organisation"],
    "linkedin member": BY_NAME["linkedin member"],
}
COMMENT = "The guide we took this from: https://tidewater.example/guide"
_PARTS = """
SELECT q.*, extract(epoch FROM q.next_at - now())::float8 AS in_seconds FROM parts q
WHERE q.workspace_id = %(workspace_id)s AND q.post_id = %(id)s ORDER BY q.n
"""


@dataclass(frozen=True)
class Scene:
    """A post that is out, and whose first comment is still to come."""

    house: House
    kind: Kind
    post: PostRef

    @property
    def target(self) -> str:
        return f"{self.kind.platform}.comments"

    def said(self) -> list[dict[str, Any]]:
        entries = self.house.lane.world.ledger.entries(self.kind.platform)
        return [one for one in entries if one["effect"] == "comment"]

    async def part(self) -> dict[str, Any]:
        async with self.house.team.worker.transaction(self.house.workspace_id) as tx:
            [part] = await tx.dicts(_PARTS, {"id": self.post.post_id})
        return part

    async def play_out(self) -> str:
        """Look at the comment whenever it is due; the state it ends in."""
        async with asyncio.timeout(60):
            while (part := await self.part())["next_at"] is not None:
                await asyncio.sleep(max(part["in_seconds"], 0.0) + 0.005)
                await follow(self.post, self.house.publishing)
        return str(part["state"])


@pytest.fixture
async def scene(request: pytest.FixtureRequest, house: House) -> AsyncIterator[Scene]:
    kind = KINDS[request.param]
    account = await house.connect(kind)
    post = await house.post_of(account, Payload(some_text(), settings={Setting.FIRST_COMMENT.value: COMMENT}))
    await house.settle(post)
    assert await house.state(post) == "published"
    yield Scene(house, kind, post)


every = pytest.mark.parametrize("scene", KINDS, indirect=True)


@every
async def test_the_comment_stands_under_the_post_once_and_its_part_says_where(scene: Scene) -> None:
    assert await scene.play_out() == "out"
    [entry] = scene.said()
    assert entry["payload"] == {"post": (await scene.house.row(scene.post))["remote_id"], "text": COMMENT}
    assert entry["rid"] in (await scene.part())["remote_id"]


@every
async def test_after_a_lost_answer_nothing_is_written_twice(scene: Scene) -> None:
    scene.house.lane.fault(scene.target, "accept_then_close")
    ended = await scene.play_out()
    assert ended == ("unclear" if scene.kind.who is AccountKind.MEMBER else "out")
    assert len(scene.said()) == 1


@every
async def test_what_is_conclusively_absent_is_written_again_and_what_nobody_can_look_for_is_not(scene: Scene) -> None:
    scene.house.lane.fault(scene.target, "close")
    alone = scene.kind.who is AccountKind.MEMBER
    assert await scene.play_out() == ("unclear" if alone else "out")
    assert len(scene.said()) == (0 if alone else 1)


@pytest.mark.parametrize("scene", ["facebook"], indirect=True)
async def test_a_right_that_was_taken_away_since_ends_the_comment_and_names_it(scene: Scene) -> None:
    url = scene.house.registry.connectors[Platform.FACEBOOK].authorize_url(
        state="s" * 40, verifier="v" * 64, redirect_uri=BACK
    )
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    httpx.get(url, params={**asked, "_auto": "yes", "_declined": "pages_manage_engagement"})
    assert await scene.play_out() == "refused"
    assert "pages_manage_engagement" in (await scene.part())["trouble"]
    assert await scene.house.state(scene.post) == "published"
    assert scene.said() == []
