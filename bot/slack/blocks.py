"""Slack's building blocks as plain dictionaries. Outside text only ever stands in plain_text and rich_text.

Neither knows markup, so nothing in it can ping, link or format. Limits: Block Kit reference, docs.slack.dev.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from bot.cards import LABELS, Confirm, Label
from bot.words import clip, host_of, line, safe_link, units
from domain.decision import Decision

Block = dict[str, Any]

CARD_ROOM = 3_000
"""What people read at a glance: a digest, a notice, an answer."""
POST_ROOM = 8_000
"""A post's card, whose text is shown whole over several blocks. chat.update refuses a `text` (ours is the fallback) of more
than 4,000 characters; all blocks of a message together hold about 12,000 (`msg_blocks_too_long`), their frames included."""
RICH_ROOM = 1_500
"""The most text of one rich_text block; longer texts go on in the next block."""
BUTTON_ROOM = 75


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """What chat.postMessage and chat.update are given. `text` is what notifications and screen readers say."""

    text: str
    blocks: tuple[Block, ...]


def escape(text: str) -> str:
    """`text` for mrkdwn: `& < >` lose their meaning, and with them every mention and link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, room: int = 2_000, *, emoji: bool = False) -> Block:
    """A plain_text object; `emoji=False` keeps ":smile:" as it is written."""
    return {"type": "plain_text", "text": clip(text, room) or "–", "emoji": emoji}


def text_element(text: str, **style: bool) -> Block:
    """A run of rich text, shown letter for letter."""
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def link_element(label: str, link: str) -> Block:
    """A link that names its real host, or plain words when the address is not one that may be opened."""
    if safe_link(link) is None:
        return text_element(f"{label}: {line(link, 200)}")
    return {"type": "link", "url": link, "text": f"{label} ({host_of(link)})"}


def section(*elements: Block, kind: str = "rich_text_section") -> Block:
    """One paragraph (or quote) of a rich_text block."""
    return {"type": kind, "elements": list(elements)}


def rich(*paragraphs: Block) -> Block:
    """A rich_text block."""
    return {"type": "rich_text", "elements": list(paragraphs)}


def bullets(lines: Iterable[Sequence[Block]]) -> Block:
    """A bulleted list; each line is a sequence of runs."""
    return rich(
        {"type": "rich_text_list", "style": "bullet", "elements": [section(*elements) for elements in lines]},
    )


def header(text: str) -> Block:
    """A heading of at most 150 characters."""
    return {"type": "header", "text": plain(text, 150)}


def small(*texts: str) -> Block:
    """Small print: up to ten pieces side by side."""
    return {"type": "context", "elements": [plain(text) for text in texts[:10]]}


def pieces(text: str, room: int) -> list[str]:
    """`text` cut into parts of at most `room` units; joined they are `text` again. Cuts at line ends where it can."""
    parts: list[str] = []
    part, used = [""], 0
    for token in _tokens(text, room):
        if used and used + units(token) > room:
            parts.append("".join(part))
            part, used = [], 0
        part.append(token)
        used += units(token)
    return [*parts, "".join(part)] if used or not parts else parts


def _tokens(text: str, room: int) -> list[str]:
    """Lines, words and, where a single one is longer than `room`, its graphemes and at last its code points."""
    tokens: list[str] = []
    for word in regex.findall(r"[^\n]*\n|[^\n]+", text):
        fits = units(word) <= room
        tokens.extend([word] if fits else regex.findall(r"\s*\S+\s*|\s+", word))
    fine: list[str] = []
    for token in tokens:
        small_enough = units(token) <= room
        fine.extend([token] if small_enough else regex.findall(r"\X", token))
    return [part for token in fine for part in ([token] if units(token) <= room else list(token))]


def quote(text: str) -> list[Block]:
    """The whole `text` in as many quoting blocks as it needs."""
    return [rich(section(text_element(part), kind="rich_text_quote")) for part in pieces(text, RICH_ROOM) if part]


def confirm_dialog(confirm: Confirm) -> Block:
    """Slack's own "are you sure"."""
    return {
        "title": plain(confirm.title, 100),
        "text": plain(confirm.text, 300),
        "confirm": plain(confirm.yes, 30),
        "deny": plain(confirm.no, 30),
        "style": "danger",
    }


def button(decision: Decision, token: str) -> Block:
    """A decision at the front of a card; its value is the card's token and nothing else."""
    label = LABELS[decision]
    made: Block = {"type": "button", "action_id": decision.value, "text": plain(label.text), "value": token}
    if decision in (Decision.APPROVE, Decision.CHOOSE):  # settings stand in front only where nobody can approve before
        made["style"] = "primary"
    if label.confirm:
        made |= {"style": "danger", "confirm": confirm_dialog(label.confirm)}
    return made


def overflow(decisions: Sequence[Decision], token: str) -> Block:
    """The "…" menu: action_id "more", each option worth "decision:token". Slack confirms the menu as a whole."""
    labels: list[tuple[Decision, Label]] = [(decision, LABELS[decision]) for decision in decisions]
    options = [{"text": plain(label.text), "value": f"{decision.value}:{token}"} for decision, label in labels]
    confirms = [label.confirm for _, label in labels if label.confirm]
    made: Block = {"type": "overflow", "action_id": "more", "options": options}
    return made | {"confirm": confirm_dialog(confirms[0])} if confirms else made


def url_button(label: str, link: str, action_id: str = "open") -> Block:
    """A button that opens an address; its label names the real host."""
    named = f"{clip(label, 30)} ({clip(host_of(link) or '', 40)})"
    return {"type": "button", "action_id": action_id, "text": plain(named, BUTTON_ROOM), "url": link}


def stamp(blocks: Sequence[Block], mark: str) -> tuple[Block, ...]:
    """The blocks with ids that hold `mark` and change with what they show, so that an update never reuses one."""
    return tuple({**block, "block_id": f"{mark}-{place}-{_print(block)}"} for place, block in enumerate(blocks))


def _print(block: Block) -> str:
    return f"{zlib.crc32(json.dumps(block, sort_keys=True).encode()):08x}"


_SHOWN = ("text", "alt_text", "title", "confirm", "deny")


def shown_weight(part: Any) -> int:
    """What everything that people can read in these blocks costs together, in UTF-16 units."""
    if isinstance(part, list | tuple):
        return sum(shown_weight(each) for each in part)
    if not isinstance(part, dict):
        return 0
    own = sum(units(part[name]) for name in _SHOWN if isinstance(part.get(name), str))
    return own + sum(shown_weight(value) for value in part.values())
