"""What each kind of account posts in the matrix goes out on an ordinary day, and saves its handles as often as is said."""

from contextlib import closing
from pathlib import Path

import pytest

from pipeline import publish
from publishers.contract import Handles
from tests.chaos.child import unlimited
from tests.chaos.kinds import PLAYERS, Player
from tests.pipeline.conftest import Team
from tests.pipeline.conftest import logins as logins  # noqa: PLC0414 - fixtures
from tests.pipeline.conftest import team as team  # noqa: PLC0414
from tests.pipeline.conftest import vault as vault  # noqa: PLC0414
from tests.pipeline.conftest import web as web  # noqa: PLC0414
from tests.pipeline.conftest import worker as worker  # noqa: PLC0414
from tests.pipeline.house import open_house
from tests.pipeline.lanes import open_lanes
from tests.sandbox.instagram.product import Shelf


@pytest.mark.parametrize("player", PLAYERS, ids=lambda player: player.kind.name)
async def test_each_kind_saves_as_often_as_the_matrix_kills(
    team: Team, tmp_path: Path, player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Handles] = []
    save = publish._Attempt.save

    async def counting(attempt: publish._Attempt, handles: Handles) -> None:
        saved.append(handles)
        await save(attempt, handles)

    monkeypatch.setattr(publish._Attempt, "save", counting)
    with closing(Shelf()) as shelf, open_lanes(tmp_path / "sandbox", 1) as [lane]:
        async with open_house(team, lane, public_url=lambda digest, _: f"{shelf.base}/{digest}") as house:
            house.publishing = unlimited(house.publishing)
            account = await house.connect(player.kind)
            contents = [player.light(house.media), player.heavy(house.media)]
            for digest, made in house.media.kept.items():
                shelf.put(digest, made)
            for payload in contents:
                saved.clear()
                post = await house.post_of(account, payload)
                assert (await house.settle(post))[-1] == "published", await house.row(post)
                assert len(await house.accepted(post)) == 1
    assert len(saved) == player.saves
