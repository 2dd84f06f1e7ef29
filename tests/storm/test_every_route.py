"""Sixty requests of every kind to every path with every method."""

from collections.abc import Callable

import pytest

from bot.http.guard import Guard
from tests.bot.slack.conftest import House
from tests.bot.test_every_route import (  # noqa: F401 - fixtures
    front,
    hint,
    house,
    listener,
    logins,
    product_url,
    requests_to_every_route,
    sandbox,
    stage,
    vault,
    web,
    worker,
)

EXAMPLES = 60


@pytest.mark.timeout(600)
async def test_no_request_to_any_route_brings_out_a_fault_of_ours(
    front: Guard,  # noqa: F811
    house: House,  # noqa: F811
    record_property: Callable[..., None],
) -> None:
    await requests_to_every_route(front, house, EXAMPLES, record_property)
