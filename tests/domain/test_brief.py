"""The ideas of a day: varied, repeatable, always with sources."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from domain.brief import Angle, brief_from_json, brief_to_json, briefs
from domain.page import Fact, FactKind, Page, Source

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
KINDS = [
    FactKind.PROMISE,
    *[FactKind.FEATURE] * 6,
    FactKind.PROOF,
    FactKind.PRICE,
    FactKind.STEP,
    FactKind.STEP,
    FactKind.CALL,
]
PAGE = Page(
    "https://x.example/",
    "X",
    "en",
    tuple(Fact(kind, f"Fact number {n}", Source("https://x.example/", f"item {n}")) for n, kind in enumerate(KINDS)),
    NOW,
)


def test_the_same_day_has_the_same_ideas() -> None:
    assert briefs(PAGE, "app", DAY, 6) == briefs(PAGE, "app", DAY, 6)
    assert briefs(PAGE, "app", DAY, 6) != briefs(PAGE, "other", DAY, 6)


def test_over_the_days_every_lead_takes_its_turn() -> None:
    leads = {brief.lead.text for day in range(10) for brief in briefs(PAGE, "app", DAY + timedelta(days=day), 3)}
    wanted = {fact.text for fact in PAGE.facts if fact.kind not in (FactKind.STEP, FactKind.CALL)}
    assert wanted <= leads


def test_neighbours_rarely_share_an_angle() -> None:
    angles = [brief.angle for brief in briefs(PAGE, "app", DAY, 12)]
    assert sum(a == b for a, b in pairwise(angles)) <= 4
    assert {Angle.PROMISE, Angle.FEATURE, Angle.LIST, Angle.STEPS, Angle.PROOF, Angle.PRICE} <= set(angles)


def test_calls_to_action_are_never_an_idea() -> None:
    assert all(fact.kind is not FactKind.CALL for brief in briefs(PAGE, "app", DAY, 36) for fact in brief.facts)


def test_a_page_that_says_nothing_gives_no_ideas() -> None:
    assert briefs(Page("https://x.example/", "X", "en", (), NOW), "app", DAY, 3) == ()


def test_a_brief_survives_its_way_through_the_database() -> None:
    for brief in briefs(PAGE, "app", DAY, 12):
        assert brief_from_json(json.loads(json.dumps(brief_to_json(brief)))) == brief
