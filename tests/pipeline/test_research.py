"""What there is to write from: the page, or what people say about a web app whose page cannot be read."""

from datetime import UTC, datetime

import pytest

from domain.page import Unreadable
from pipeline.agents.fetch import Guard
from pipeline.research import research

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOBODY_THERE = "http://127.0.0.1:80/"
SAID = "Bücher sells used books. It ships in two days."


@pytest.mark.parametrize(("called", "name"), [("Bücher", "Bücher"), ("127.0.0.1", "127.0.0.1")])
async def test_a_described_web_app_has_the_name_that_people_gave_it(called: str, name: str) -> None:
    assert (await research(NOBODY_THERE, SAID, Guard(), NOW, called=called)).name == name


async def test_without_a_name_of_its_own_the_description_says_it() -> None:
    page = await research(NOBODY_THERE, "Tidewater is a desk for clinics.", Guard(), NOW, called="127.0.0.1")
    assert page.name == "Tidewater"


async def test_without_a_description_an_unreadable_page_asks_for_one() -> None:
    with pytest.raises(Unreadable, match="describe the web app"):
        await research(NOBODY_THERE, None, Guard(), NOW, called="Bücher")
