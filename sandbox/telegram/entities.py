"""Telegram's HTML: read into plain text and entities, refused in the server's words; and what Telegram finds itself."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.refusals import Refused

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
# Other named entities are no mistake for Telegram: they stay in the text as they were written.
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot))(?:;|(?=\W|$))")
ATTRIBUTE = re.compile(r"""\s*([^\s=>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?""")
FOUND = (
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{3,31}")),
    ("bot_command", re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
    ("url", re.compile(r"(?<!\w)(?:https?://|www\.)[^\s<>\"']+")),
    ("email", re.compile(r"(?<!\w)[\w.+-]+@[\w-]+\.[A-Za-z]{2,}")),
)


def units(text: str) -> int:
    """The length as Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class _Open:
    """A tag that waits for its end."""

    name: str
    start: int
    argument: str
    kind: str


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Plain text and its entities. Raises `entities` with the words of the server, byte offsets included."""
    text, at = "", 0
    entities: list[dict[str, Any]] = []
    stack: list[_Open] = []
    while at < len(source):
        character = source[at]
        if character == "&" and (found := ENTITY.match(source, at)):
            text += _decoded(found)
            at = found.end()
        elif character != "<":
            text += character
            at += 1
        elif source[at + 1 : at + 2] == "/":
            at = _close(source, at, text, stack, entities)
        else:
            opened, at = _open(source, at, text)
            stack.append(opened)
    if stack:
        raise Refused("entities", why=f'Can\'t find end tag corresponding to start tag "{stack[-1].name}"')
    return _trimmed(text, entities)


def _open(source: str, at: int, text: str) -> tuple[_Open, int]:
    where = _bytes(source, at)
    end = at + 1
    while end < len(source) and source[end] not in " \t\r\n>":
        end += 1
    if end == len(source):
        raise Refused("entities", why=f"Unclosed start tag at byte offset {where}")
    name = source[at + 1 : end].lower()
    if name not in KINDS:
        raise Refused("entities", why=f'Unsupported start tag "{name}" at byte offset {where}')
    close = source.find(">", end)
    if close < 0:
        raise Refused("entities", why=f"Unclosed start tag at byte offset {where}")
    given = {key.lower(): first or second or bare for key, first, second, bare in ATTRIBUTE.findall(source[end:close])}
    if name == "span" and given.get("class") != "tg-spoiler":
        raise Refused("entities", why=f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    argument = given.get("href", "") if name == "a" else given.get("emoji-id", "") or given.get("class", "")
    kind = "expandable_blockquote" if name == "blockquote" and "expandable" in given else KINDS[name]
    return _Open(name, units(text), ENTITY.sub(_decoded, argument), kind), close + 1


def _close(source: str, at: int, text: str, stack: list[_Open], entities: list[dict[str, Any]]) -> int:
    where = _bytes(source, at)
    if not stack:
        raise Refused("entities", why=f"Unexpected end tag at byte offset {where}")
    end = source.find(">", at)
    if end < 0:
        raise Refused("entities", why=f"Unclosed end tag at byte offset {where}")
    name = source[at + 2 : end].strip().lower()
    opened = stack.pop()
    if name and name != opened.name:
        words = f'Unmatched end tag at byte offset {where}, expected "</{opened.name}>", found "</{name}>"'
        raise Refused("entities", why=words)
    length = units(text) - opened.start
    if length:
        entity = {"type": opened.kind, "offset": opened.start, "length": length}
        entities.append(_with_argument(entity, opened, text))
    return end + 1


def _with_argument(entity: dict[str, Any], opened: _Open, text: str) -> dict[str, Any]:
    match opened.name:
        case "a":
            return {**entity, "url": opened.argument or slice_units(text, entity["offset"], entity["length"])}
        case "tg-emoji":
            return {**entity, "custom_emoji_id": opened.argument}
        case _:
            return entity


def _decoded(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found[0]


def _bytes(source: str, at: int) -> int:
    return len(source[:at].encode())


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Telegram cuts white space at both ends; entities move along."""
    cut = units(text) - units(text.lstrip())
    text = text.strip()
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - cut)
        end = min(units(text), entity["offset"] + entity["length"] - cut)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def slice_units(text: str, offset: int, length: int) -> str:
    """The piece of a text that an entity covers."""
    return text.encode("utf-16-le")[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")


def detected(text: str, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entities given, and those that Telegram finds by itself outside code and links."""
    fixed = [entity for entity in entities if entity["type"] in ("code", "pre", "text_link")]
    result = list(entities)
    for kind, pattern in FOUND:
        for found in pattern.finditer(text):
            offset, length = units(text[: found.start()]), units(found[0])
            inside = any(one["offset"] < offset + length and offset < one["offset"] + one["length"] for one in fixed)
            if not inside:
                result.append({"type": kind, "offset": offset, "length": length})
    return sorted(result, key=lambda entity: (entity["offset"], -entity["length"]))


def pings_of(text: str, entities: list[dict[str, Any]]) -> list[str]:
    """Who would be notified: @names, and links to a person."""
    found = []
    for entity in entities:
        if entity["type"] == "mention":
            found.append(slice_units(text, entity["offset"], entity["length"]))
        elif str(entity.get("url", "")).startswith("tg://user"):
            found.append(entity["url"])
    return found


def links_of(text: str, entities: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Every link with the words that cover it."""
    pieces = [(entity, slice_units(text, entity["offset"], entity["length"])) for entity in entities]
    return [
        {"url": entity.get("url", piece), "label": piece}
        for entity, piece in pieces
        if entity["type"] in ("url", "text_link")
    ]
