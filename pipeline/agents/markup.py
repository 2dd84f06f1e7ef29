"""What of a page's HTML people can see: hidden things leave, the rest becomes a list of blocks in reading order."""

from dataclasses import dataclass
from typing import Any

import regex

from domain.text import clean

_DROPPED = (
    "script, style, template, svg, iframe, object, noscript, [hidden], [aria-hidden=true], input, select, textarea"
)
_SIDE = "nav, footer, form, dialog, [role=navigation], [role=dialog], [role=contentinfo]"
_SIDE_NAME = regex.compile(r"(?:^|[\s_-])(?:cookie|consent|gdpr|banner-legal|breadcrumb|skip-link|newsletter)", regex.I)
_UNSEEN_NAME = regex.compile(
    r"(?:^|\s)(?:sr-only|visually-hidden|visuallyhidden|screen-reader-text|hidden|d-none|invisible)(?:\s|$)", regex.I
)
_UNSEEN_STYLE = regex.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$|})|font-size\s*:\s*0(?:\D|$)"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(0|(?:max-)?(?:width|height)\s*:\s*[01]px",
    regex.I,
)
_RULE = regex.compile(r"([^{}@]{1,400})\{([^{}]{0,2000})\}")
_AT_RULE = regex.compile(r"@[^{};]{0,400}\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_SIMPLE = regex.compile(r"^[.#][\w-]+$")
_BEFORE_MARKS = regex.compile(r"\s+(?=[.,;:!?…](?:\s|$))")

LONGEST_LINE = 4_000
HEADINGS = ("h1", "h2", "h3", "h4")
_LEAVES = frozenset(
    {*HEADINGS, "p", "li", "dt", "dd", "blockquote", "figcaption", "summary", "td", "th", "a", "button"}
)
_WRAPPED = frozenset({"div", "span", "strong"})

SECTIONS: tuple[tuple[str, Any], ...] = tuple(
    (kind, regex.compile(pattern, regex.I))
    for kind, pattern in (
        ("faq", r"\bfaqs?\b|frequently asked|questions|häufige fragen|الأسئلة|שאלות"),
        ("pricing", r"\bpric(?:e|es|ing)\b|\bplans?\b|preise|tarif|الأسعار|מחיר"),
        (
            "proof",
            r"testimonials?|\bloved? by|what .{1,40} say|customers|reviews|stories|kundenstimmen|trusted|آراء",
        ),
        ("steps", r"how (?:it|this) works|get started in|\bsteps?\b|so funktioniert|كيف"),
        ("audience", r"\bwho it.s for|\bbuilt for\b|\bmade for\b|\bdesigned for\b|\buse cases?\b|für wen"),
        (
            "features",
            r"feature|benefit|why\b|what you get|everything you|capabilit|inside|funktionen|vorteile|المميزات|تكונות",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Block:
    """One visible piece of text.

    `section` counts from 0 (before the first section), `kind` is what the section is about.
    """

    tag: str
    text: str
    names: str
    section: int
    heading: str
    kind: str
    position: int
    node: Any

    @property
    def where(self) -> str:
        """The place in words: "h1", "section 2 “Pricing”, item 3"."""
        label = {
            "li": "item",
            "p": "paragraph",
            "blockquote": "quote",
            "summary": "question",
            "h3": "heading",
            "h4": "heading",
            "a": "link",
            "div": "text",
        }.get(self.tag, self.tag)
        if self.tag == "h1" or (self.section == 0 and self.tag in HEADINGS):
            return self.tag
        spot = f"{label} {self.position}"
        named = f" “{self.heading[:40]}”" if self.heading and self.heading != self.text else ""
        return f"section {self.section}{named}, {spot}" if self.section else f"top, {spot}"


def line(text: str | None) -> str:
    """One clean line of plain text, its beginning where it is endless: a page may be written to keep us busy."""
    return " ".join(clean(text or "").split())[:LONGEST_LINE]


def text_of(node: Any) -> str:
    """A node's visible text on one line, words kept apart where tags part them."""
    return str(_BEFORE_MARKS.sub("", line(node.text(separator=" ", strip=True))))


def drop_unseen(tree: Any) -> None:
    """Removes from the tree what people do not see, and the navigation around the page."""
    hidden = _hidden_selectors(tree)
    for node in tree.css(_DROPPED):
        node.decompose()
    for selector in hidden:
        for node in tree.css(selector):
            node.decompose()
    for node in tree.css("[style], [class], [id]"):
        attributes = node.attributes
        names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        if node.tag in ("html", "body", "main"):
            continue
        if (
            _UNSEEN_STYLE.search(attributes.get("style") or "")
            or _UNSEEN_NAME.search(names)
            or _SIDE_NAME.search(names)
        ):
            node.decompose()


def drop_sides(tree: Any) -> None:
    """Removes menus, forms, dialogs and the footer."""
    for node in tree.css(_SIDE):
        node.decompose()


def _hidden_selectors(tree: Any) -> list[str]:
    """Plain class and id selectors that a style sheet of the page hides for every screen."""
    found: list[str] = []
    for style in tree.css("style"):
        rules = _AT_RULE.sub(" ", (style.text() or "")[:200_000])
        for selectors, declarations in _RULE.findall(rules):
            if _UNSEEN_STYLE.search(declarations):
                found += [one for part in selectors.split(",") if _SIMPLE.match(one := part.strip())]
    return found[:200]


def blocks(tree: Any) -> list[Block]:
    """The visible text of the body in reading order."""
    found: list[Block] = []
    section, heading, kind = 0, "", ""
    counts: dict[str, int] = {}
    body = tree.body
    if body is None:
        return found
    for node in body.traverse():
        tag = node.tag
        if tag in ("section", "h2") and not (tag == "h2" and _opens_section(node)):
            section, counts, heading = section + 1, {}, ""
            kind = _kind(_names(node)) if tag == "section" else ""
        if tag not in _LEAVES and not (tag in _WRAPPED and _holds_only_text(node)):
            continue
        text = text_of(node)
        if not text:
            continue
        if tag == "h2":
            heading, kind = text, _kind(text) or kind
        counts[tag] = counts.get(tag, 0) + 1
        found.append(Block(tag, text, _names(node), section, heading, kind, counts[tag], node))
    return found


def _opens_section(heading: Any) -> bool:
    """Whether an h2 is the first of its section element, which was counted already."""
    above = heading.parent
    while above is not None and above.tag not in ("section", "body", "main"):
        above = above.parent
    first = above.css_first("h2") if above is not None and above.tag == "section" else None
    return first is not None and first.mem_id == heading.mem_id


def _names(node: Any) -> str:
    attributes = node.attributes
    return f"{attributes.get('class') or ''} {attributes.get('id') or ''}".replace("-", " ").replace("_", " ").strip()


def _kind(text: str) -> str:
    return next((kind for kind, pattern in SECTIONS if pattern.search(text)), "")


def _holds_only_text(node: Any) -> bool:
    """A div used as a paragraph: no block inside it, and none of our leaves around it."""
    if any(
        child.tag in _LEAVES or child.tag in ("div", "ul", "ol", "section", "table", "img") for child in node.iter()
    ):
        return False
    above = node.parent
    return above is not None and above.tag not in _LEAVES and above.tag not in _WRAPPED - {"div"}
