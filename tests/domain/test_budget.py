"""Money is reckoned to the tenth of a cent, by months of UTC, and whoever is short of it learns what to do."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from domain.budget import Budget, Purse, amount_of, dollars, left_in_words, month_after, month_of, price_of, used_up
from domain.platforms import Platform

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def purse(own: str | None, spent: str = "0", whole: str | None = None, all_spent: str = "0") -> Purse:
    return Purse(
        Platform.X,
        Budget(Decimal(own) if own else None, Decimal(spent)),
        Budget(Decimal(whole) if whole else None, Decimal(all_spent)),
        NOW,
    )


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("Good morning", "0.015"),
        ("Good morning https://tidewater.example/x", "0.20"),
        ("See tidewater.com today", "0.20"),  # X makes a link of it
        ("Version 2.10 is out", "0.015"),
        ("", "0.015"),
    ],
)
def test_a_post_costs_more_where_x_makes_a_link_of_something(text: str, cost: str) -> None:
    assert price_of(Platform.X, text) == Decimal(cost)


def test_only_x_charges_for_posts() -> None:
    assert {one for one in Platform if price_of(one, "https://tidewater.com")} == {Platform.X}


def test_the_last_cent_may_be_spent_and_no_tenth_of_a_cent_more() -> None:
    budget = Budget(Decimal("20"), Decimal("19.80"))
    assert budget.allows(Decimal("0.20")) and not budget.allows(Decimal("0.201"))
    assert Budget(None, Decimal("10000")).allows(Decimal("1"))
    assert not Budget(Decimal(0)).allows(Decimal("0.015"))  # nothing may be spent: nothing goes out


def test_who_is_short_of_money_learns_how_much_is_left_and_who_raises_it() -> None:
    said = used_up(purse("20", "19.90"), Decimal("0.20"))
    assert said == (
        "X's budget of $20 for November is used up: $0.10 is left, this post costs $0.20. "
        "An owner raises it with “budget x 40”. Otherwise it can go out in December."
    )
    assert used_up(purse("20", "19.90"), Decimal("0.015")) is None


def test_a_budget_of_nothing_names_an_amount_that_would_do() -> None:
    assert "“budget x 1”" in (used_up(purse("0", "0"), Decimal("0.20")) or "")


def test_when_the_installations_money_is_gone_nobody_learns_how_much_others_spent() -> None:
    said = used_up(purse("20", "1", whole="500", all_spent="499.99"), Decimal("0.20"))
    assert said == (
        "What this installation may spend on X in November is used up. Whoever runs it raises X_BUDGET. "
        "Otherwise it can go out in December."
    )


def test_what_is_left_is_told_in_one_sentence_and_never_below_nothing() -> None:
    assert left_in_words(purse("20", "16.60")) == "X: $3.40 of $20 is left for November."
    assert left_in_words(purse("20", "21")) == "X: $0 of $20 is left for November."
    assert left_in_words(purse(None, "3.215")) == "X: no budget is set; $3.215 was spent in November."


def test_a_month_begins_and_ends_at_midnight_utc_wherever_the_clock_stands() -> None:
    auckland = datetime(2026, 12, 1, 8, tzinfo=timezone(timedelta(hours=13)))  # still November in UTC
    assert month_of(auckland) == datetime(2026, 11, 1, tzinfo=UTC)
    assert month_after(auckland) == datetime(2026, 12, 1, tzinfo=UTC)
    assert month_after(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "written"),
    [("20", "$20"), ("0.2", "$0.20"), ("0.015", "$0.015"), ("1250", "$1,250"), ("100", "$100"), ("3.40", "$3.40"), ("0", "$0")],
)  # fmt: skip
def test_dollars_are_written_as_people_write_them(amount: str, written: str) -> None:
    assert dollars(Decimal(amount)) == written


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("20", "20"), ("$20", "20"), (" $ 20.50 ", "20.50"), ("0", "0"),
        ("", None), ("-5", None), ("1e3", None), ("NaN", None), ("20 dollars", None), ("0.001", None), ("2000000", None), ("٢٠", None),
        (".", None), ("9" * 400, None),
    ],
)  # fmt: skip
def test_an_amount_is_taken_only_when_it_can_mean_one_thing(typed: str, meant: str | None) -> None:
    assert amount_of(typed) == (Decimal(meant) if meant else None)
