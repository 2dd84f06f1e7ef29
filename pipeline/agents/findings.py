"""Which visible blocks of a page are facts, of which kind, and where they stood."""

from collections.abc import Iterator, Sequence
from typing import Any

import regex

from domain.hidden import EMOJI
from domain.page import Fact, FactKind, Source
from pipeline.agents.markup import HEADINGS, Block, line, text_of
from pipeline.agents.metadata import Metadata, is_a

# A number is read once, from its beginning to its end: pages consist of whatever their authors like.
_AMOUNT = r"(?<!\d)(?<!\d[.,])\d++(?:[.,]\d++)*+"
MONEY = regex.compile(
    rf"(?:[$€£¥₹₪₩]|\b(?:USD|EUR|GBP|CHF)\b)\s?{_AMOUNT}|{_AMOUNT}\s?(?:€|£|₪|zł|kr\b|(?:USD|EUR|GBP|CHF|AED|SAR)\b)"
)
_COUNTED = regex.compile(
    r"(?<!\d)(?<!\d[.,])\d[\d.,]*+\s?[kKmM]?\+?\s+(?:[\p{L}-]+\s+){0,2}"
    r"(?:teams|customers|users|companies|developers|people|shops|stores|agencies|creators|"
    r"schools|clinics|founders|subscribers|downloads|reviews|countries|bookings|invoices|orders|projects|files|members|studios|freelancers)\b",
    regex.I,
)
_TRUSTED = regex.compile(
    r"^(?:trusted|used|loved|chosen|backed|featured) (?:by|in)\b|\b\d(?:[.,]\d)?\s?(?:/\s?5|out of 5|stars)\b", regex.I
)
_OFFER = regex.compile(
    r"free trial|no credit card|money[- ]back|cancel (?:any ?time|whenever)|free (?:plan|forever|tier)"
    r"|(?<!\d)\d++(?:[- ]day trial| days free|\s?% off)|kostenlos testen|ohne kreditkarte",
    regex.I,
)
_AUDIENCE = regex.compile(r"^(?:(?:built|made|designed|perfect|ideal)\s+)?for\s+(?:\p{L}[\p{L}\s,&-]{3,90})$", regex.I)
_CALL_NAME = regex.compile(r"\b(?:btn|button|cta)\b", regex.I)
_NO_CALL = regex.compile(
    r"^(?:log ?in|sign ?in|menu|close|accept|decline|cookie|learn more|read more|home|next|previous|anmelden)\b",
    regex.I,
)
_QUOTES = regex.compile(r"^[\"“”„«»'‘’\s]+|[\"“”„«»'‘’\s]+$")
_FAQ = frozenset({"FAQPage"})
_LONGEST_TEXT, _LONGEST_DETAIL, _SHORTEST = 220, 400, 3


def facts_of(blocks: Sequence[Block], everything: Sequence[Block], head: Metadata, url: str) -> Iterator[Fact]:
    """All facts in the page's order. `everything` still has menus and forms in it: calls to action stand there."""

    def fact(kind: FactKind, text: str, where: str, detail: str = "") -> Iterator[Fact]:
        text, detail = line(text), line(detail)
        if _SHORTEST <= len(text) <= _LONGEST_TEXT:
            yield Fact(kind, text, Source(url, where), detail if len(detail) <= _LONGEST_DETAIL else "")

    yield from fact(FactKind.NAME, EMOJI.sub("", head.name).strip() or head.name, head.name_where)
    yield from _promises(blocks, head, fact)
    taken: set[int] = set()
    for at in range(len(blocks)):
        if at not in taken:
            yield from _from_block(blocks, at, taken, fact)
    yield from _from_structured(head, fact, with_prices=not any(MONEY.search(block.text) for block in blocks))
    for block in everything:
        if _is_call(block):
            yield from fact(FactKind.CALL, block.text.rstrip("→›» "), block.where)


def _promises(blocks: Sequence[Block], head: Metadata, fact: Any) -> Iterator[Fact]:
    first = next((at for at, block in enumerate(blocks) if block.tag == "h1"), None)
    if first is not None and blocks[first].text.casefold() != head.name.casefold():
        yield from fact(FactKind.PROMISE, blocks[first].text, "h1")
    if head.tagline and (first is None or head.tagline.casefold() != blocks[first].text.casefold()):
        yield from fact(FactKind.PROMISE, head.tagline, "title")
    if head.description:
        yield from fact(FactKind.SUMMARY, head.description, head.description_where)
    if first is not None:
        below = next(
            (block for block in blocks[first + 1 : first + 4] if block.tag in ("p", "div") and len(block.text) > 30),
            None,
        )
        if below is not None and below.text != head.description:
            yield from fact(FactKind.SUMMARY, below.text, below.where)


def _from_block(blocks: Sequence[Block], at: int, taken: set[int], fact: Any) -> Iterator[Fact]:
    """What one block says. The order of these questions matters: a price in a list is a price, not a feature."""
    block = blocks[at]
    if block.tag == "blockquote" or (
        block.tag in ("p", "div") and regex.search(r"\b(?:quote|testimonial)\b", block.names)
    ):
        yield from _quote(blocks, at, taken, fact)
    elif block.tag in ("summary", "dt", "h3", "h4") and (block.text.endswith(("?", "؟")) or block.kind == "faq"):
        yield from fact(FactKind.QUESTION, block.text, block.where, _below(blocks, at, taken, ("p", "dd", "div", "li")))
    elif block.kind == "pricing" or (MONEY.search(block.text) and len(block.text) <= 120):
        yield from _price(blocks, at, taken, fact)
    elif _OFFER.search(block.text) and len(block.text) <= 120 and block.tag not in ("a", "button"):
        yield from fact(FactKind.OFFER, block.text, block.where)
    elif (
        block.tag not in ("h1", "h2")
        and len(block.text) <= 160
        and (_COUNTED.search(block.text) or _TRUSTED.search(block.text))
    ):
        yield from fact(FactKind.PROOF, block.text, block.where)
    elif _AUDIENCE.match(block.text):
        yield from fact(FactKind.AUDIENCE, block.text, block.where)
    elif block.tag in ("h3", "h4", "dt") or block.tag == "li":
        yield from _feature(blocks, at, taken, fact)


def _quote(blocks: Sequence[Block], at: int, taken: set[int], fact: Any) -> Iterator[Fact]:
    block = blocks[at]
    author = block.node.css_first("cite, footer, figcaption, .author")
    by = text_of(author) if author is not None else ""
    words = block.text.removesuffix(by).strip() if by else block.text
    for later in range(at + 1, min(at + 4, len(blocks))):
        if blocks[later].tag == "p" and blocks[later].text and blocks[later].text in block.text:
            taken.add(later)
        elif not by and (blocks[later].tag == "figcaption" or "author" in blocks[later].names):
            by = blocks[later].text
            taken.add(later)
    yield from fact(FactKind.PROOF, _QUOTES.sub("", words), block.where, by.lstrip("—–- "))


def _price(blocks: Sequence[Block], at: int, taken: set[int], fact: Any) -> Iterator[Fact]:
    """A plan: its heading with the first price under it. A price without a heading stands alone."""
    block = blocks[at]
    if block.tag in ("h3", "h4", "dt"):
        for later in range(at + 1, min(at + 5, len(blocks))):
            if blocks[later].tag in HEADINGS:
                break
            if MONEY.search(blocks[later].text) and len(blocks[later].text) <= 60:
                taken.add(later)
                yield from fact(
                    FactKind.PRICE,
                    f"{block.text}: {blocks[later].text}",
                    block.where,
                    _below(blocks, later, taken, ("p",)),
                )
                return
        if MONEY.search(block.text):
            yield from fact(FactKind.PRICE, block.text, block.where)
    elif block.tag not in ("a", "button", "h2") and MONEY.search(block.text) and len(block.text) <= 160:
        yield from fact(FactKind.PRICE, block.text, block.where)
    elif _OFFER.search(block.text) and len(block.text) <= 120 and block.tag not in ("a", "button"):
        yield from fact(FactKind.OFFER, block.text, block.where)


def _feature(blocks: Sequence[Block], at: int, taken: set[int], fact: Any) -> Iterator[Fact]:
    block = blocks[at]
    kind = {"steps": FactKind.STEP, "audience": FactKind.AUDIENCE, "proof": None}.get(block.kind, FactKind.FEATURE)
    if kind is None:
        return
    title = block.node.css_first("strong, b, h3, h4") if block.tag == "li" else None
    if title is not None and text_of(title) and text_of(title) != block.text:
        heading = text_of(title)
        for later in range(at + 1, min(at + 4, len(blocks))):
            if blocks[later].text in block.text:
                taken.add(later)
        yield from fact(kind, heading.rstrip(":"), block.where, block.text.removeprefix(heading).lstrip(" :–—-"))
    elif block.tag == "li":
        if len(block.text.split()) >= 3:
            yield from fact(kind, block.text, block.where)
    else:
        yield from fact(kind, block.text, block.where, _below(blocks, at, taken, ("p", "dd", "div")))


def _below(blocks: Sequence[Block], at: int, taken: set[int], tags: tuple[str, ...]) -> str:
    """The text right under a heading, which then is no fact of its own."""
    for later in range(at + 1, min(at + 3, len(blocks))):
        if blocks[later].tag in HEADINGS or blocks[later].section != blocks[at].section:
            return ""
        if blocks[later].tag in tags:
            taken.add(later)
            return blocks[later].text
    return ""


def _from_structured(head: Metadata, fact: Any, with_prices: bool) -> Iterator[Fact]:
    """JSON-LD: offers (when the page shows no price), features, questions. Types nobody promised are read with care."""
    for node in head.structured:
        for offer in _list(node.get("offers"))[:6] if with_prices else []:
            price, currency = offer.get("price"), offer.get("priceCurrency")
            if isinstance(price, str | int | float) and isinstance(currency, str):
                named = offer.get("name") if isinstance(offer.get("name"), str) else head.name
                yield from fact(FactKind.PRICE, f"{named}: {price} {currency}", "JSON-LD offer")
        features = node.get("featureList")
        for feature in (
            features.split(",") if isinstance(features, str) else features if isinstance(features, list) else []
        )[:20]:
            if isinstance(feature, str):
                yield from fact(FactKind.FEATURE, feature, "JSON-LD featureList")
        for question in _list(node.get("mainEntity"))[:20] if is_a(node, _FAQ) else []:
            answer = next((one.get("text") for one in _list(question.get("acceptedAnswer"))), "")
            if isinstance(question.get("name"), str) and isinstance(answer, str):
                yield from fact(
                    FactKind.QUESTION, question["name"], "JSON-LD FAQ", regex.sub(r"<[^<>]{0,200}>", " ", answer)
                )


def _list(value: Any) -> list[dict[str, Any]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _is_call(block: Block) -> bool:
    if block.tag not in ("a", "button") or not 4 <= len(block.text) <= 36 or _NO_CALL.match(block.text):
        return False
    return block.tag == "button" or bool(_CALL_NAME.search(block.names))
