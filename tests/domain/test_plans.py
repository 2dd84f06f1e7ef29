"""Plans: the table that people are sold is the table that limits read."""

import pytest

from domain.plans import PLANS, Limit, Plan, wall


@pytest.mark.parametrize(
    ("name", "price", "web_apps", "platforms", "posts", "seats"),
    [
        ("free", 0, 1, 3, 3, 1),
        ("pro", 29, 5, 6, 12, 1),
        ("business", 99, None, 6, 36, 5),
        ("enterprise", None, None, 6, None, None),
    ],
)
def test_the_plans_are_those_that_are_sold(
    name: str, price: int | None, web_apps: int | None, platforms: int, posts: int | None, seats: int | None
) -> None:
    plan = PLANS[Plan(name)]
    found = (plan.price, plan.web_apps, plan.platforms, plan.posts_a_day, plan.seats)
    assert found == (price, web_apps, platforms, posts, seats)


def test_a_limit_allows_its_own_number_and_no_more() -> None:
    free = PLANS[Plan.FREE]
    assert free.allows(Limit.PLATFORMS, 3)
    assert not free.allows(Limit.PLATFORMS, 4)
    assert PLANS[Plan.ENTERPRISE].allows(Limit.POSTS_A_DAY, 10_000)


def test_the_wall_names_the_limit_and_the_way_out() -> None:
    assert wall(Plan.FREE, Limit.WEB_APPS) == (
        "The Free plan allows 1 web app. Pro allows 5 web apps: change the plan, or remove one first."
    )
    assert "Business allows 5 seats" in wall(Plan.PRO, Limit.SEATS)
    assert "Enterprise allows unlimited seats" in wall(Plan.BUSINESS, Limit.SEATS)
