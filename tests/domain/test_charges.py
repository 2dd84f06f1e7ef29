"""What is counted besides posts: by the platforms' price lists, and by the days of whoever grants a quota."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.budget import Budget, Purse
from domain.charges import (
    UNITS,
    day_of,
    figures_fit,
    figures_rest,
    of_comment,
    of_deletion,
    of_look,
    of_read,
    of_send,
    units_a_day,
    with_comment,
)
from domain.payload import Payload, Picture
from domain.platforms import Platform
from domain.settings import Setting

YOUTUBE, X = Platform.YOUTUBE, Platform.X
PICTURE = Picture("ab" * 32, "image/png", 4, 4, 9, "A card")


def test_x_charges_for_what_is_read_and_deleted_and_youtube_counts_calls() -> None:
    assert (of_read(X, 7).price, of_look(X).price, of_deletion(X).price) == (
        Decimal("0.035"),
        Decimal("0.025"),
        Decimal("0.010"),
    )
    assert (of_read(YOUTUBE, 7).units, of_deletion(YOUTUBE).units, of_comment(YOUTUBE).units) == (1, 51, 50)
    assert not any(
        charge.counts
        for charge in (of_read(Platform.TIKTOK, 9), of_look(Platform.LINKEDIN), of_send(X, Payload("")), of_read(X, 0))
    )


def test_a_thumbnail_and_a_first_comment_cost_a_film_more() -> None:
    plain = of_send(YOUTUBE, Payload("")).units
    assert of_send(YOUTUBE, Payload("", (PICTURE,))).units == plain + 50
    assert with_comment(YOUTUBE, Payload("", settings={Setting.FIRST_COMMENT: "First!"})) == plain + 50
    assert with_comment(YOUTUBE, Payload("")) == plain < UNITS[YOUTUBE].a_day


@pytest.mark.parametrize(
    ("now", "began", "ends"),
    [
        ("2026-11-23T07:59", "2026-11-22T08:00", "2026-11-23T08:00"),
        ("2026-11-23T08:00", "2026-11-23T08:00", "2026-11-24T08:00"),
        ("2026-03-08T20:00", "2026-03-08T08:00", "2026-03-09T07:00"),  # 23 hours: the clocks go forward
        ("2026-11-01T20:00", "2026-11-01T07:00", "2026-11-02T08:00"),  # 25
    ],
)
def test_a_quota_begins_anew_at_midnight_in_california(now: str, began: str, ends: str) -> None:
    found = day_of(YOUTUBE, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert [f"{one:%Y-%m-%dT%H:%M}" for one in found] == [began, ends]


def test_what_google_granted_counts_instead_of_the_usual() -> None:
    assert (units_a_day(YOUTUBE, {}), units_a_day(YOUTUBE, {YOUTUBE: 50_000}), units_a_day(X, {})) == (
        10_000,
        50_000,
        0,
    )


def purse(spent: str, limit: str | None = "10") -> Purse:
    now = datetime(2026, 12, 31, tzinfo=UTC)
    return Purse(X, Budget(Decimal(limit) if limit else None, Decimal(spent)), Budget(None), now)


def test_the_last_tenth_of_a_budget_is_for_posts_only() -> None:
    assert figures_fit(purse("8.99"), Decimal("0.01")) and not figures_fit(purse("8.99"), Decimal("0.02"))
    assert figures_fit(purse("900", None), Decimal(1))
    assert figures_rest(purse("8.9")) is None
    assert (figures_rest(purse("9")) or "").endswith("kept for posts until January.")
