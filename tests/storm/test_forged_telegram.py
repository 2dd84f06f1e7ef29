"""The whole assault on Telegram's door: a hundred thousand forgeries, genuine presses among them."""

from collections.abc import Callable

import pytest

from tests.bot.telegram.conftest import *  # noqa: F403 - fixtures
from tests.bot.telegram.conftest import Review
from tests.bot.telegram.test_forgeries import forgeries_and_genuine_ones

FORGERIES, CARDS = 100_000, 10


@pytest.mark.timeout(300)
async def test_of_a_hundred_thousand_forgeries_none_is_read_or_done(
    review: Review,
    record_property: Callable[..., None],
) -> None:
    await forgeries_and_genuine_ones(review, FORGERIES, CARDS, record_property)
