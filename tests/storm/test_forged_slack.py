"""The whole assault on Slack's door: a hundred thousand forgeries, genuine clicks among them."""

from collections.abc import Callable

import pytest

from tests.bot.forging import Delivery
from tests.bot.slack.conftest import *  # noqa: F403 - fixtures
from tests.bot.slack.conftest import Review
from tests.bot.slack.test_forgeries import door, forgeries_and_genuine_ones, genuine  # noqa: F401 - fixtures

FORGERIES, CARDS = 100_000, 10


@pytest.mark.timeout(300)
async def test_of_a_hundred_thousand_forgeries_none_is_parsed_or_done(
    review: Review,
    genuine: list[Delivery],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[..., None],
) -> None:
    await forgeries_and_genuine_ones(review, genuine, FORGERIES, CARDS, monkeypatch, record_property)
