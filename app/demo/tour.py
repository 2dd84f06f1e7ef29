"""The tour: a whole day without anybody at the screen, played by the sandbox's people, checked by what they and the platforms see."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from app.demo.house import House
from app.demo.people import BEN, CHIYO, GROUP, GUS, MARA, TELEGRAM, Button, Card, Sandbox, WentWrong, found_in
from app.demo.show import Show
from domain.platforms import Platform

T = TypeVar("T")

PATIENCE = 60.0
POSTS = 8
"""One for each account: X, LinkedIn's member and organisation, two Pages, Instagram, TikTok and YouTube."""
CHOICES = {
    "privacy": {"privacy": "PUBLIC_TO_EVERYONE"},
    "comments": {"comments": "no"},
    "disclosure": {"disclosure": "own"},
    "synthetic": {"synthetic": "no"},
    "consent": {"consent": ["yes"]},
}
"""What TikTok wants a person to choose."""
ADDED = "Read it first, then tell a colleague."
GOES_ON = "And if a colleague asks: it starts with one address."
"""The second part of a thread, which an edit makes of the post on X."""
LOST = {"target": "x.posts", "fault": "accept_then_close", "count": 1}
"""X publishes the next post and hangs up without an answer."""


@dataclass
class Day:
    """What the people have done so far, and what they saw."""

    twin: Sandbox
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    approved: set[int] = field(default_factory=set)
    edited: int = 0
    rejected: int = 0

    def saw(self, what: str, seen: str) -> None:
        self.rows.append(("✓", what, seen))


async def tour(house: House, client: httpx.AsyncClient, show: Show) -> int:
    """Play the day and say how it went; the last line is one JSON object. Returns the exit code."""
    begun = time.monotonic()
    day = Day(Sandbox(house.sandbox, client))
    try:
        report = await _play(day, show)
    except (WentWrong, httpx.HTTPError) as error:
        show.table([*day.rows, ("✗", "then", str(error))])
        print(json.dumps({"ok": False, "why": str(error), "seconds": round(time.monotonic() - begun, 1)}), flush=True)
        return 1
    show.table(day.rows)
    print(json.dumps({"ok": True, **report, "seconds": round(time.monotonic() - begun, 1)}), flush=True)
    return 0


async def _play(day: Day, show: Show) -> dict[str, Any]:
    twin = day.twin
    await twin.type(MARA, "batch now")
    show.say("The page is read, posts are written, cards are on their way …")
    cards = await _until(lambda: _waiting(twin), lambda found: len(found) >= POSTS, f"{POSTS} cards in Slack")
    day.saw(f"{len(cards)} posts wait in Slack", " ".join(f"#{card.number}" for card in cards))
    # By number, which is the order of their accounts: of the fifth's platform there is another one.
    first, second, third, fourth, fifth, *rest = sorted(cards, key=lambda card: card.number)
    for card in rest:
        await _approve(day, MARA, card if card.button("approve") else await _choose(day, MARA, card))
    await _approve(day, BEN, third)
    await _too_late(day, CHIYO, third)
    await _not_invited(day, second)
    await twin.post("faults", **LOST)
    await _edit(day, first)
    await _regenerate(day, fourth)
    await _reject(day, fifth)
    await _approve_in_telegram(day, TELEGRAM[CHIYO], second.number)
    await _approve_the_new(day, fourth)
    show.say("Everything is decided; the posts go out at their slots …")
    published = await _until(
        lambda: _published(twin), lambda found: found >= day.approved, "every approved post published"
    )
    thread = await _until(lambda: _text(twin, first.number), lambda text: "of the thread are out" in text, "the thread")
    day.saw("the thread", found_in(thread, r"All \d+ parts of the thread are out"))
    resolved = await _check_platforms(day, published)
    await _analytics(day)
    return await _report(day, len(cards), resolved)


async def _approve(day: Day, user: str, card: Card) -> None:
    await day.twin.press(user, card, _button(card, "approve"))
    await _until(lambda: _text(day.twin, card.number), lambda text: "pproved by" in text, f"#{card.number} approved")
    day.approved.add(card.number)
    day.saw("approved in Slack", f"#{card.number}")


async def _too_late(day: Day, user: str, card: Card) -> None:
    """Presses the button as it stood on the card before: somebody else was first."""
    shown = await day.twin.press(user, card, _button(card, "approve"))
    day.saw("a second person comes too late", found_in(shown, r"[^\"]*was first[^\"]*"))


async def _not_invited(day: Day, card: Card) -> None:
    shown = await day.twin.press(GUS, card, _button(card, "approve"))
    day.saw("a guest presses Approve", found_in(shown, r"[^\"]*(not a member|not known|nothing happened)[^\"]*"))


async def _edit(day: Day, card: Card) -> None:
    """Another text, a thread by now; the old button answers for the old text; the new one is approved."""
    twin = day.twin
    view = await _dialog(day, MARA, card, "edit")
    text = _initial(view)
    await twin.submit(MARA, view["id"], {"text": {"text": f"{text}\n---\n{ADDED} {GOES_ON}"}})
    day.edited += 1
    new = await _renewed(day, card)
    shown = await twin.press(BEN, card, _button(card, "approve"))
    day.saw("edited in Slack, into a thread of two parts", f"#{card.number}")
    day.saw("an old button is pressed", found_in(shown, r"[^\"]*(older text|revision)[^\"]*"))
    await _approve(day, BEN, new)


async def _choose(day: Day, user: str, card: Card) -> Card:
    """A platform that wants a person's choices gets them in a dialog; then the card can be approved."""
    view = await _dialog(day, user, card, "choose")
    await day.twin.submit(user, view["id"], CHOICES)

    async def ready() -> Card | None:
        return next(
            (one for one in await _waiting(day.twin) if one.number == card.number and one.button("approve")), None
        )

    found = await _until(ready, lambda one: one is not None, f"#{card.number} with its choices")
    if found is None:
        raise WentWrong(f"#{card.number} did not take its choices")
    day.saw("chosen by a person: who may see it, what it promotes", f"#{card.number}")
    return found


async def _regenerate(day: Day, card: Card) -> None:
    view = await _dialog(day, BEN, card, "regenerate")
    values = {"chips": {"chips": [_first_option(view)]}, "words": {"words": "mention the price"}}
    await day.twin.submit(BEN, view["id"], values)
    day.saw("regenerated with a word of direction", f"#{card.number}")


async def _approve_the_new(day: Day, card: Card) -> None:
    await _approve(day, BEN, await _renewed(day, card))


async def _reject(day: Day, card: Card) -> None:
    view = await _dialog(day, CHIYO, card, "reject")
    values = {"chips": {"chips": _first_option(view)}, "words": {"words": "Not this week."}}
    await day.twin.submit(CHIYO, view["id"], values)
    await _until(lambda: _text(day.twin, card.number), lambda text: "Rejected by" in text, f"#{card.number} rejected")
    day.rejected += 1
    day.saw("rejected with a reason", f"#{card.number}")


async def _approve_in_telegram(day: Day, user: int, number: int) -> None:
    """Approved in the other chat; the card in Slack changes with it."""

    async def cards() -> list[Card]:
        found = await day.twin.telegram_cards(GROUP)
        return [card for card in found if card.number == number and card.button("approve")]

    card = (await _until(cards, bool, f"the card of #{number} in Telegram"))[-1]
    await day.twin.telegram_press(user, GROUP, card, _button(card, "approve"))
    await _until(
        lambda: _text(day.twin, number), lambda text: "pproved by" in text, f"#{number} approved in Slack as well"
    )
    day.approved.add(number)
    day.saw("approved in Telegram, shown in Slack", f"#{number}")


async def _check_platforms(day: Day, published: set[int]) -> int:
    """Each approved post is on its platform once. Returns how many of them had lost their answer."""
    posts = [entry for platform in Platform for entry in await day.twin.ledger(platform) if _is_out(platform, entry)]
    texts = [json.dumps(entry["payload"], sort_keys=True) + entry["account"] for entry in posts]
    if len(posts) != len(published) or len(set(texts)) != len(texts):
        raise WentWrong(f"{len(published)} posts are shown as published, the platforms accepted {len(posts)}")
    lost = await day.twin.get("faults")
    left = sum(fault.get("count") or 0 for fault in lost.get("faults", []))
    resolved = LOST["count"] - left  # type: ignore[operator]
    if resolved != 1:
        raise WentWrong("the platform never lost an answer, so nothing was cleared up")
    day.saw("on the platforms, each once", f"{len(posts)} posts, {resolved} of them after a lost answer")
    return int(resolved)


def _is_out(platform: Platform, entry: dict[str, Any]) -> bool:
    """Whether an entry of a platform's ledger made a post visible: each platform has its own step that does.

    The further parts of a thread are no posts of their own."""
    if platform is Platform.YOUTUBE:
        return bool(entry["effect"] == "visibility" and entry["payload"]["to"]["privacyStatus"] == "public")
    wanted = "publish" if platform is Platform.TIKTOK else "post"
    return bool(entry["effect"] == wanted and "reply" not in entry["payload"])


async def _analytics(day: Day) -> None:
    async def asked() -> str:
        await day.twin.type(MARA, "24h", "/analytics")
        messages = await day.twin.get("slack/messages", channel="C0REVIEW", user=MARA)
        return json.dumps(messages["messages"][-2:], ensure_ascii=False)

    seen = await _until(asked, lambda text: "mpressions" in text, "figures in /analytics", pause=2.0)
    day.saw("/analytics", "figures and a chart" if "slack_file" in seen or "files" in seen else "figures")


async def _report(day: Day, posts: int, resolved: int) -> dict[str, Any]:
    slack = await day.twin.cards()
    telegram = await day.twin.telegram_cards(GROUP)
    return {
        "posts": posts,
        "approved": len(day.approved),
        "edited": day.edited,
        "rejected": day.rejected,
        "published": len(await _published(day.twin)),
        "cards": len(slack) + len(telegram),
        "platforms": [
            platform.value
            for platform in Platform
            if any(_is_out(platform, entry) for entry in await day.twin.ledger(platform))
        ],
        "unknown_resolved": resolved,
    }


async def _waiting(twin: Sandbox) -> list[Card]:
    """The cards that wait for somebody."""
    return [card for card in await twin.cards() if card.button("approve") or card.button("choose")]


async def _published(twin: Sandbox) -> set[int]:
    return {card.number for card in await twin.cards() if "Published ·" in card.text}


async def _text(twin: Sandbox, number: int) -> str:
    return next((card.text for card in await twin.cards() if card.number == number), "")


async def _renewed(day: Day, old: Card) -> Card:
    """The card of the same post once it can be approved with another button than before."""

    async def fresh() -> Card | None:
        for card in await day.twin.cards():
            button = card.button("approve")
            if card.number == old.number and button and button.value != _button(old, "approve").value:
                return card
        return None

    found = await _until(fresh, lambda card: card is not None, f"the new revision of #{old.number}")
    if found is None:
        raise WentWrong(f"the new revision of #{old.number} never came")
    return found


async def _dialog(day: Day, user: str, card: Card, action: str) -> dict[str, Any]:
    """Press a button that opens a dialog, and wait until its loading view has become the dialog."""
    await day.twin.press(user, card, _button(card, action))

    async def ready() -> dict[str, Any] | None:
        views = await day.twin.open_views(user)
        return next((view for view in views if any(block["type"] == "input" for block in view["blocks"])), None)

    view = await _until(ready, lambda found: found is not None, f"the dialog of {action}")
    if view is None:
        raise WentWrong(f"the dialog of {action} never came")
    return view


def _initial(view: dict[str, Any]) -> str:
    """What stands in the dialog's text box."""
    for block in view["blocks"]:
        if block.get("block_id") == "text":
            return str(block["element"]["initial_value"])
    raise WentWrong("the edit dialog has no text box")


def _first_option(view: dict[str, Any]) -> str:
    for block in view["blocks"]:
        if block.get("block_id") == "chips":
            return str(block["element"]["options"][0]["value"])
    raise WentWrong("the dialog has no chips")


def _button(card: Card, action: str) -> Button:
    button = card.button(action)
    if button is None:
        raise WentWrong(f"the card of #{card.number} has no button {action}")
    return button


async def _until(look: Callable[[], Awaitable[T]], good: Callable[[T], bool], what: str, pause: float = 0.15) -> T:
    """Look again and again until it is good. Raises `WentWrong`."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = await look()
        if good(found):
            return found
        if time.monotonic() > deadline:
            raise WentWrong(f"waited {PATIENCE:.0f} s for {what}")
        await asyncio.sleep(pause)
