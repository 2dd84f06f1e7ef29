"""Links, marks and seeds of drafts."""

import json
from datetime import date

from domain.draft import PictureSpec, mark_of, seed_of, slug, tagged_link
from domain.platforms import Platform

DAY = date(2026, 11, 22)


def test_every_part_of_a_seed_matters() -> None:
    first = ("app", DAY, 0, Platform.X, "account", 0)
    others = [
        ("other", DAY, 0, Platform.X, "account", 0),
        ("app", date(2026, 11, 23), 0, Platform.X, "account", 0),
        ("app", DAY, 1, Platform.X, "account", 0),
        ("app", DAY, 0, Platform.LINKEDIN, "account", 0),
        ("app", DAY, 0, Platform.X, "second", 0),
        ("app", DAY, 0, Platform.X, "account", 1),
    ]
    marks = {mark_of(seed_of(*parts)) for parts in (first, *others)}
    assert len(marks) == 7


def test_a_mark_is_the_same_for_ever() -> None:
    assert mark_of("app/2026-11-22/0/x/account/0") == "am-7suncgpv"


def test_a_link_leads_to_the_page_with_tags_instead_of_old_ones() -> None:
    link = tagged_link("https://x.example?utm_source=old&a=b%20c#part", Platform.LINKEDIN, "Büro & Co.", DAY, "seed")
    assert link.startswith(
        "https://x.example/?a=b+c&utm_source=linkedin&utm_medium=social&utm_campaign=b%C3%BCro-co-2026-11-22"
    )
    assert link.count("utm_source") == 1


def test_a_slug_is_never_empty() -> None:
    assert slug("🚀🚀") == "web-app"
    assert slug("  Hello, World!  ") == "hello-world"


def test_a_picture_survives_its_way_through_the_database() -> None:
    spec = PictureSpec("N", "H", "S", "n.example", ("#123456",), "seed", points=("a", "b"), quote=True)
    assert PictureSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
