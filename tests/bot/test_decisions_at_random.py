"""A sampled share of random days at both doors; `tests/storm/test_decisions_at_random.py` has many more."""

# ruff: noqa: F811
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from storage.vault import Vault
from tests.bot.random_days import SEEN, Days, furnished
from tests.pipeline.conftest import logins, vault  # noqa: F401
from tests.sharing import TABLE
from tests.storage.conftest import (  # noqa: F401 - fixtures
    Connection,
    House,
    as_superuser,
    as_web,
    as_worker,
    house,
    other,
)

EXAMPLES, STEPS = 4, 20


@pytest.fixture
def days(
    house: House, other: House, as_superuser: Connection, logins: dict[str, str], vault: Vault
) -> Iterator[type[Days]]:
    Days.houses, Days.root, Days.vault, Days.web_url = (house, other), as_superuser, vault, logins["amarktai_web"]
    assert len(list(furnished(Days.houses))) == 2
    SEEN.clear()
    yield Days


def many_days(days: type[Days], examples: int, steps: int) -> str:
    """Play them; a table of what was seen."""
    run_state_machine_as_test(
        days,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
        ),
    )  # fmt: skip
    seen = ", ".join(f"{name} {SEEN[name]}" for name in sorted(SEEN) if " " not in name)
    gestures = sum(SEEN[name] for name in SEEN if name.startswith(("slack ", "telegram ")))
    return f"Decisions through the doors of both chats: {gestures} gestures, {seen}; against the model 0 wrong"


@pytest.mark.timeout(300)
def test_whatever_people_do_in_both_chats_the_model_and_the_invariants_hold(days: type[Days], record_property) -> None:  # type: ignore[no-untyped-def]
    record_property(TABLE, many_days(days, EXAMPLES, STEPS))
