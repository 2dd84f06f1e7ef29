"""What TikTok says that an account leaves to choose, as everybody else here reads it."""

import pytest

from domain.options import ASKED
from domain.platforms import Platform
from publishers.contract import TryLater
from tests.publishers.tiktok.conftest import Stage


async def told(creator: Stage) -> object:
    return await creator.registry.options[Platform.TIKTOK](creator.account.token)


async def test_an_open_account_may_show_to_everybody_and_take_comments(creator: Stage) -> None:
    found = await creator.registry.options[Platform.TIKTOK](creator.account.token)
    assert found.values["privacy"] == ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
    assert found.values["comments"] == ("no", "yes") and found.seconds


async def test_a_private_account_without_comments_leaves_less(creator: Stage) -> None:
    creator.turn(private_account=1, interactions_off=1, max_duration=60)
    found = await creator.registry.options[Platform.TIKTOK](creator.account.token)
    assert "PUBLIC_TO_EVERYONE" not in found.values["privacy"]
    assert (found.values["comments"], found.seconds) == (("no",), 60)


async def test_a_blip_says_nothing_about_the_account(creator: Stage) -> None:
    creator.sandbox.fault("tiktok.creator_info", "reject_5xx", count=9)
    with pytest.raises(TryLater):
        await told(creator)


def test_exactly_the_platforms_that_tell_are_asked(creator: Stage) -> None:
    assert set(creator.registry.options) == ASKED
