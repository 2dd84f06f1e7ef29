"""The team during a storm: they read their cards and press, again and again, until every card has its answer."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.demo.people import BEN, CHANNEL, CHIYO, MARA, TELEGRAM, Button, Card, Sandbox, WentWrong

TROUBLE = (WentWrong, httpx.HTTPError)
"""What a person shrugs at while the machines fall: the next press comes in a second."""


@dataclass
class Team:
    """Whom the sandbox plays, and what the app told them."""

    twin: Sandbox
    dice: random.Random
    promised: set[int] = field(default_factory=set)
    """Numbers of posts that a card showed as approved, or whose approval Telegram acknowledged."""
    settled: set[int] = field(default_factory=set)
    """Numbers whose card they know to be an old copy: after a kill a chat may show a card twice."""
    presses: int = 0
    shrugged: deque[str] = field(default_factory=lambda: deque(maxlen=8))
    """What went wrong of late."""

    async def answer_everything(self) -> None:
        """Until cancelled: three people give each card that waits for an answer one, sometimes two at once."""
        await asyncio.gather(*(self._answer_for_ever() for _ in range(3)))

    async def _answer_for_ever(self) -> None:
        while True:
            try:
                cards = await self.twin.cards()
                self.promised |= {card.number for card in cards if "pproved by" in card.text}
                waiting = [card for card in cards if card.button("approve") and card.number not in self.settled]
                if waiting:
                    await self._answer(self.dice.choice(waiting[:4]))
            except TROUBLE as trouble:
                self.shrugged.append(f"{type(trouble).__name__}: {trouble}"[:300])
            await asyncio.sleep(0.2)

    async def _answer(self, card: Card) -> None:
        self.presses += 1
        match self.dice.choices(("slack", "telegram", "reject", "edit", "regenerate"), (10, 4, 1, 1, 1))[0]:
            case "slack":
                await self._approve(self.dice.choice((MARA, BEN, CHIYO)), card)
            case "telegram":
                await self._approve_in_telegram(card.number)
            case "reject":
                await self._dialog(CHIYO, card, "reject", {"words": {"words": "Not this week."}})
            case "edit":
                await self._dialog(BEN, card, "edit", {"text": {"text": f"Number {card.number} in our own words."}})
            case _:
                await self._dialog(MARA, card, "regenerate", {"words": {"words": "shorter"}})

    async def _approve(self, user: str, card: Card) -> None:
        button = found(card, "approve")
        outcome = await press(self.twin, user, card, button)
        if f"#{card.number} is already" in str(outcome.get("shown")):
            self.settled.add(card.number)

    async def _approve_in_telegram(self, number: int) -> None:
        chat = TELEGRAM[CHIYO]
        card = the_card(number, await self.twin.telegram_cards(chat), "approve")
        outcome = await self.twin.telegram_press(chat, chat, card, found(card, "approve"))
        if any("You approved" in text for text in outcome.get("shown") or []):
            self.promised.add(number)

    async def _dialog(self, user: str, card: Card, action: str, values: dict[str, Any]) -> None:
        for view in reversed(await self.twin.open_views(user)):  # one that a fallen process left unanswered
            await self.twin.post("slack/close", user=user, view_id=view["id"], wait=0)
        await press(self.twin, user, card, found(card, action))
        for _ in range(20):
            for view in reversed(await self.twin.open_views(user)):
                if any(block["type"] == "input" for block in view["blocks"]):
                    await self.twin.submit(user, view["id"], values)
                    return
            await asyncio.sleep(0.1)

    async def clear_up(self, number: int, text: str, known: set[str]) -> None:
        """A card asks whether a post is live: look at the platforms, then say so, or have it sent again."""
        card = the_card(number, await self.twin.cards(), "live")
        for platform in ("x", "linkedin"):
            for post in (await self.twin.get("feeds", platform=platform))["posts"]:
                if post["id"] not in known and letters(post["text"])[:40] == letters(text)[:40]:
                    await self._dialog(MARA, card, "live", {"link": {"link": post["url"]}})
                    return
        await press(self.twin, MARA, card, found(card, "again"))


async def press(twin: Sandbox, user: str, card: Card, button: Button) -> dict[str, Any]:
    """Press and see everything that came of it."""
    return await twin.post(
        "slack/click", user=user, channel=CHANNEL, ts=card.message,
        action_id=button.action, block_id=button.block, value=button.value, wait=1,
    )  # fmt: skip


def the_card(number: int, cards: list[Card], action: str) -> Card:
    """The newest card of a post that has a button. After a kill a chat may show a second copy, which nobody draws any more."""
    for card in reversed(cards):
        if card.number == number and card.button(action):
            return card
    raise WentWrong(f"no card of #{number} has a button {action}")


def found(card: Card, action: str) -> Button:
    button = card.button(action)
    if button is None:
        raise WentWrong(f"#{card.number} has no button {action}")
    return button


def letters(text: str) -> str:
    """A text without what platforms change about it: escapes, short links, spaces."""
    return "".join(char for char in text.partition("http")[0] if char.isalnum())
