"""The sandbox's people, acted through its control API: they type, click and answer as anybody would in a real chat."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

CHANNEL = "C0REVIEW"
MARA, BEN, CHIYO, GUS = "U0MARA", "U0BEN", "U0CHIYO", "U0GUST"
GROUP = -100500
"""The review group in Telegram."""
TELEGRAM = {MARA: 7001, BEN: 7002, CHIYO: 7003, GUS: 7004}

Json = dict[str, Any]
_NUMBER = re.compile(r"#(\d{3,})")


class WentWrong(Exception):
    """A person did not get what they should have; the text says what was seen instead."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a card, with the value it held when it was seen: pressing it later presses the old one."""

    action: str
    block: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A post's card as a chat shows it."""

    number: int
    message: str
    text: str
    buttons: tuple[Button, ...] = field(default=())

    def button(self, action: str) -> Button | None:
        return next((button for button in self.buttons if button.action == action), None)


class Sandbox:
    """One conversation with the sandbox."""

    def __init__(self, base_url: str, client: httpx.AsyncClient) -> None:
        self.base_url, self._client = base_url, client

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self._client.get(f"{self.base_url}/_sandbox/{path}", params=query)
        answer.raise_for_status()
        return answer.json()

    async def post(self, path: str, **body: Any) -> Json:
        answer = await self._client.post(f"{self.base_url}/_sandbox/{path}", json=body)
        found: Json = answer.json()
        if not answer.is_success or not found.get("ok", True):
            raise WentWrong(f"the sandbox did not take {path}: {found}")
        return found

    async def type(self, user: str, text: str, command: str = "/amarktai") -> Json:
        """Type a slash command in the review channel."""
        outcome = await self.post("slack/command", user=user, channel=CHANNEL, command=command, text=text)
        if outcome.get("error"):
            raise WentWrong(f"{command} {text}: {outcome['error']}")
        return outcome

    async def press(self, user: str, card: Card, button: Button) -> list[str]:
        """Press a button in Slack. Returns what only this person was shown."""
        outcome = await self.post(
            "slack/click",
            user=user,
            channel=CHANNEL,
            ts=card.message,
            action_id=button.action,
            block_id=button.block,
            value=button.value,
        )
        return list(outcome.get("shown", []))

    async def open_views(self, user: str) -> list[Json]:
        views: list[Json] = (await self.get("slack/views", user=user))["views"]
        return views

    async def submit(self, user: str, view: str, values: Json) -> Json:
        return await self.post("slack/submit", user=user, view_id=view, values=values)

    async def cards(self) -> list[Card]:
        """Every post's card in the Slack channel, oldest first."""
        messages = (await self.get("slack/messages", channel=CHANNEL))["messages"]
        return [card for message in messages if (card := _slack_card(message)) is not None]

    async def telegram_cards(self, chat: int) -> list[Card]:
        """Every post's card in a Telegram chat, oldest first."""
        messages = (await self.get("telegram/messages", chat=chat))["messages"]
        return [card for message in messages if (card := _telegram_card(message)) is not None]

    async def telegram_press(self, user: int, chat: int, card: Card, button: Button) -> Json:
        return await self.post("telegram/click", user=user, chat=chat, message_id=int(card.message), data=button.value)

    async def write(self, user: int, chat: int, text: str) -> Json:
        """Write a message in Telegram."""
        return await self.post("telegram/send", user=user, chat=chat, text=text)

    async def ledger(self, platform: str) -> list[Json]:
        entries: list[Json] = (await self.get("ledger", platform=platform))["entries"]
        return entries


def found_in(outcome: Any, pattern: str) -> str:
    """The first match of `pattern` anywhere in what was seen. Raises `WentWrong`."""
    text = json.dumps(outcome, ensure_ascii=False)
    found = re.search(pattern, text)
    if found is None:
        raise WentWrong(f"expected {pattern}, saw {text[:600]}")
    return found.group(0)


def _slack_card(message: Json) -> Card | None:
    buttons = tuple(
        Button(element["action_id"], block["block_id"], element.get("value", ""))
        for block in message.get("blocks", [])
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    )
    number = _NUMBER.search(message.get("text", ""))
    if number is None or message.get("thread_ts") in (None, message["ts"]):
        return None
    return Card(int(number.group(1)), message["ts"], json.dumps(message.get("blocks", []), ensure_ascii=False), buttons)


def _telegram_card(entry: Json) -> Card | None:
    message = entry["message"]
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = tuple(
        Button(button["callback_data"].partition(":")[0], "", button["callback_data"])
        for row in rows
        for button in row
        if "callback_data" in button
    )
    text = message.get("text", message.get("caption", ""))
    number = _NUMBER.search(text)
    if number is None or not (buttons or "#" in text[:12]):
        return None
    return Card(int(number.group(1)), str(entry["message_id"]), text, buttons)
