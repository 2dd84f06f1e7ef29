"""Strange answers of every platform to every kind of account, many more of them than in each run of the tests."""

from collections.abc import Callable

import pytest

from tests.publishers.conftest import *  # noqa: F403 - fixtures
from tests.publishers.test_strange_answers import (  # noqa: F401 - fixtures
    Meddler,
    Scene,
    meddler,
    media,
    registry,
    scene,
    shelf,
    strange_answers,
)

TRIES = 30


@pytest.mark.timeout(300)
async def test_every_strange_answer_ends_in_a_family_of_ours(
    scene: Scene,  # noqa: F811
    meddler: Meddler,  # noqa: F811
    record_property: Callable[..., None],
) -> None:
    await strange_answers(scene, meddler, TRIES, record_property)
