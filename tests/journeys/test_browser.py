"""A person at the sandbox's page, in a real Chromium: what they do is in the database and on the platforms afterwards."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.browser import Browser, browser, chromium
from tests.journeys.conftest import Running, houses_in
from tests.journeys.stage import rows

__all__ = ["browser", "chromium"]
CHIYO = 7003
CARDS = """
SELECT p.number, p.state, p.remote_id, p.revision_n, c.message_ref FROM cards c
JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id
JOIN posts p ON p.workspace_id = c.workspace_id AND p.id = c.post_id
WHERE h.chat_ref = %(chat)s AND c.message_ref IS NOT NULL ORDER BY p.number
"""
REVISION = """
SELECT r.text, m.name AS by FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
LEFT JOIN members m ON m.workspace_id = r.workspace_id AND m.id = r.made_by WHERE p.number = %(number)s
"""
DECISIONS = """
SELECT d.decision, d.surface, d.applied, d.reason, m.name AS by FROM decisions d
JOIN posts p ON p.workspace_id = d.workspace_id AND p.id = d.post_id
JOIN members m ON m.workspace_id = d.workspace_id AND m.id = d.member_id WHERE p.number = %(number)s ORDER BY d.at
"""
CARDS_WANTED = 9


class Visit:
    """The open page, and what really happened because of it."""

    def __init__(self, page: Browser, house: Running) -> None:
        self.page, self.house = page, house

    def rows(self, statement: str, **values: object) -> list[dict[str, Any]]:
        return rows(self.house.database, statement, **values)

    def cards(self, chat: str) -> dict[int, dict[str, Any]]:
        return {row["number"]: row for row in self.rows(CARDS, chat=chat)}

    def waiting(self, chat: str) -> dict[str, Any]:
        """The card of the last post that waits for an answer: people before us may have taken the first ones."""
        return [card for card in self.cards(chat).values() if card["state"] == "in_review"][-1]

    def ledger(self, platform: str, effect: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.house.sandbox}/_sandbox/ledger", params={"platform": platform}, trust_env=False)
        return [entry for entry in answer.json()["entries"] if entry["effect"] == effect]

    def act_as(self, slack_id: str) -> None:
        self.page.click(f'#act-as [data-person="{slack_id}"]')

    def until(self, look: Callable[[], Any], what: str, patience: float = 60.0) -> Any:
        deadline = time.monotonic() + patience
        while not (found := look()):
            assert time.monotonic() < deadline, f"waited {patience:.0f} s for {what}"
            time.sleep(0.1)
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Running]:
    """A whole house, whose posts go out in a while; not even started without a browser."""
    with houses_in(tmp_path_factory.mktemp("browser")) as start:
        yield start(lead=50, spacing=1.0, posts_a_day=3)


@pytest.fixture
def visit(house: Running, browser: Browser) -> Iterator[Visit]:
    browser.goto(f"{house.sandbox}/")
    browser.wait_for("#status-stream.good")
    yield Visit(browser, house)
    assert browser.errors == []


@pytest.mark.timeout(150)
def test_a_typed_command_makes_the_days_batch_and_its_cards(visit: Visit) -> None:
    visit.act_as("U0MARA")
    visit.page.fill("#slack-input", "/amarktai batch now")
    visit.page.press("Enter")
    visit.until(lambda: len(visit.cards("C0REVIEW")) == CARDS_WANTED, "every card in Slack")
    (batch,) = visit.rows("SELECT state FROM batches")
    assert batch["state"] == "delivered"
    visit.until(lambda: len(visit.cards(str(CHIYO))) == CARDS_WANTED, "every card in Telegram", 60)


def test_a_click_on_approve_is_a_decision_and_later_a_post(visit: Visit) -> None:
    card = next(card for card in visit.cards("C0REVIEW").values() if card["state"] == "in_review")
    visit.act_as("U0BEN")
    visit.page.click(f'[data-ts="{card["message_ref"]}"] [data-action=approve]')
    (said,) = visit.until(lambda: visit.rows(DECISIONS, number=card["number"]), "the decision")
    assert (said["decision"], said["surface"], said["applied"], said["by"]) == ("approve", "slack", True, "Ben Osei")
    assert visit.cards("C0REVIEW")[card["number"]]["state"] == "approved"


def test_a_text_edited_in_the_dialog_is_a_new_revision_of_that_person(visit: Visit) -> None:
    card = visit.waiting("C0REVIEW")
    visit.act_as("U0CHIYO")
    visit.page.click(f'[data-ts="{card["message_ref"]}"] [data-action=edit]')
    visit.page.fill(".slack-modal [data-block=text] textarea", "Typed by a person & kept <as it is>.")
    visit.page.click(".slack-modal [type=submit]")
    visit.page.wait_gone(".slack-modal")
    assert visit.rows(REVISION, number=card["number"]) == [
        {"text": "Typed by a person & kept <as it is>.", "by": "Chiyo Tanaka"}
    ]
    now = visit.cards("C0REVIEW")[card["number"]]
    assert (now["state"], now["revision_n"]) == ("in_review", card["revision_n"] + 1)


def test_a_reply_to_the_question_in_telegram_is_a_new_revision_too(visit: Visit) -> None:
    visit.act_as("U0CHIYO")
    visit.page.click(f'#telegram-places [data-place="{CHIYO}"]')
    card = visit.waiting(str(CHIYO))
    key = f'[data-message="{card["message_ref"]}"][data-chat="{CHIYO}"] .key[data-data^="edit:"]'
    visit.page.click(key)
    visit.page.wait_for("#telegram-composer .composer-banner")
    visit.page.fill("#telegram-input", "Answered in Telegram.")
    visit.page.press("Enter")
    wanted = {"text": "Answered in Telegram.", "by": "Chiyo Tanaka"}
    visit.until(lambda: visit.rows(REVISION, number=card["number"]) == [wanted], "the new revision")
    said = visit.rows(DECISIONS, number=card["number"])[-1]
    assert (said["decision"], said["surface"], said["applied"]) == ("edit", "telegram", True)


@pytest.mark.timeout(180)
def test_what_was_approved_goes_live_once_and_the_figures_are_drawn(visit: Visit) -> None:
    def published() -> dict[str, Any] | None:
        return next((card for card in visit.cards("C0REVIEW").values() if card["state"] == "published"), None)

    post = visit.until(published, "the approved post on its platform", 120)
    sent = [entry["rid"] for platform in ("x", "linkedin") for entry in visit.ledger(platform, "post")]
    assert sent.count(post["remote_id"]) == 1
    before = len(visit.ledger("slack", "file"))
    visit.act_as("U0MARA")
    visit.page.fill("#slack-input", "/analytics 24h")
    visit.page.press("Enter")
    visit.until(lambda: len(visit.ledger("slack", "file")) > before, "the chart, uploaded")
    drawn = "[...document.querySelectorAll('#slack-messages img')].some((one) => one.naturalWidth > 600)"
    visit.page.wait_for_js(drawn, 20)
