"""What X says is used up, in the headers of any answer, and what of it is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.publishing import Block
from publishers.http import Answer
from publishers.x.limits import blocks

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def told(name: str, remaining: str | None, after: float) -> tuple[Block, ...]:
    headers = {f"{name}-reset": str(int(NOW.timestamp() + after))}
    if remaining is not None:
        headers[f"{name}-remaining"] = remaining
    return blocks(Answer(201, headers, b""), NOW)


@pytest.mark.parametrize(
    ("name", "per"), [("x-rate-limit", "account"), ("x-user-limit-24hour", "account"), ("x-app-limit-24hour", "app")]
)
def test_each_allowance_that_is_used_up_blocks_whoever_it_belongs_to(name: str, per: str) -> None:
    assert told(name, "0", 700) == (Block(NOW + timedelta(seconds=700), per),)


@pytest.mark.parametrize(("remaining", "after"), [("1", 700), (None, 700), ("0", -5), ("0", 100 * 3_600)])
def test_what_is_left_or_not_said_or_not_credible_blocks_nobody(remaining: str | None, after: float) -> None:
    assert told("x-rate-limit", remaining, after) == ()
