"""Takes pages apart: HTML in, facts with where they stood out. Runs as `python -m pipeline.agents.extract`, away from
secrets.

Everything found is text to quote. Sentences that address programs are set aside, hidden elements are no facts.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import urljoin, urlsplit

import regex

from domain.description import facts_of_text
from domain.fence import speaks_to_machines
from domain.page import Fact, FactKind, Page, Source, Unreadable, page_to_json
from pipeline.agents import cell, markup, vocabulary
from pipeline.agents.colours import colours
from pipeline.agents.findings import facts_of
from pipeline.agents.metadata import Metadata, metadata_of

_CHARSET = regex.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{2,40})", regex.I)
_NEEDS_SCRIPTS = regex.compile(
    r"enable javascript|requires javascript|javascript (?:is )?(?:disabled|required)|javascript aktivieren", regex.I
)
_ROOTS = "#root, #app, #__next, #__nuxt, #svelte, app-root, [data-reactroot]"
_FEWEST_LETTERS = 60
_FEWEST_FACTS = 6
_MOST_FACTS = 80
_LINKS = {
    "pricing": regex.compile(r"pric(?:e|ing)|plans|preise|tarif", regex.I),
    "features": regex.compile(r"feature|product|funktion", regex.I),
    "faq": regex.compile(r"faq|questions", regex.I),
    "about": regex.compile(r"about|über|story", regex.I),
    "docs": regex.compile(r"docs|documentation", regex.I),
    "blog": regex.compile(r"blog", regex.I),
}


def extract(html: bytes, url: str, charset: str | None, read_at: datetime) -> Page:
    """The page's facts. Raises Unreadable when it holds no text, or only what scripts would draw."""
    from selectolax.lexbor import LexborHTMLParser

    markup_text = decoded(html, charset)
    tree = LexborHTMLParser(markup_text)
    found = metadata_of(tree, url)
    shades = colours(tree)
    scripted = _is_drawn_by_scripts(tree)
    links = _links(tree, url)
    markup.drop_unseen(tree)
    share = markup.line(found.share_image)
    calls_first = markup.blocks(tree)
    markup.drop_sides(tree)
    visible = markup.blocks(tree)
    if sum(len(block.text) for block in visible) < _FEWEST_LETTERS and (scripted or not found.description):
        raise Unreadable("script_only" if scripted else "empty", url)
    kept, aside = _fenced(facts_of(visible, calls_first, found, url))
    if sum(fact.kind is not FactKind.CALL for fact in kept) < _FEWEST_FACTS:
        more, _ = _fenced(chain(kept, _from_body_text(tree.html or "", url)))
        kept = more
    language = found.language or vocabulary.guessed_language(" ".join(block.text for block in visible))
    return Page(
        url=url, title=_safe_title(found), language=language, facts=tuple(kept[:_MOST_FACTS]), read_at=read_at,
        colours=shades, links=links, share_image=share or None,
        vocabulary=vocabulary.telling_words(kept, language), set_aside=tuple(aside),
    )  # fmt: skip


def _from_body_text(html: str, url: str) -> Iterator[Fact]:
    """A page without the usual parts: its running text, sentence by sentence, and its first prices."""
    import trafilatura

    body = trafilatura.extract(html, include_comments=False, include_tables=False) or ""
    return facts_of_text(body, Source(url, "text"))


def decoded(html: bytes, charset: str | None) -> str:
    """Text of the bytes: byte order mark, then the header's charset, then the page's own word, then UTF-8."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if html.startswith(mark):
            return html[len(mark) :].decode(name, "replace")
    declared = _CHARSET.search(html[:4096])
    for guess in (charset, declared.group(1).decode() if declared else None):
        try:
            if guess:
                return html.decode(guess, "replace")
        except LookupError:
            continue  # an encoding nobody knows: the next guess
    return html.decode("utf-8", "replace")


def _is_drawn_by_scripts(tree: Any) -> bool:
    if any(_NEEDS_SCRIPTS.search(node.text() or "") for node in tree.css("noscript")):
        return True
    return bool(tree.css("script[src]")) and tree.css_first(_ROOTS) is not None


def _links(tree: Any, url: str) -> dict[str, str]:
    """The first link of each kind that stays on this site; anchors within the page are not pages."""
    found: dict[str, str] = {}
    here = urlsplit(url)
    for node in tree.css("a[href]")[:400]:
        try:
            target = urljoin(url, (node.attributes.get("href") or "").strip())
            parts = urlsplit(target)
        except ValueError:
            continue  # not an address
        if parts.scheme not in ("http", "https") or parts.netloc != here.netloc or parts.path in ("", "/", here.path):
            continue
        for kind, pattern in _LINKS.items():
            if kind not in found and pattern.search(parts.path):
                found[kind] = target.partition("#")[0]
    return found


def _fenced(facts: Iterable[Fact]) -> tuple[list[Fact], list[str]]:
    """Facts without those that speak to programs, without repetitions; and notes about what was set aside."""
    kept: list[Fact] = []
    aside: list[str] = []
    seen: set[tuple[str, str]] = set()
    for fact in facts:
        key = (fact.kind, fact.text.casefold())
        if speaks_to_machines(f"{fact.text} {fact.detail}"):
            aside.append(f"Text that addresses programs, not people, was set aside ({fact.source.where}).")
        elif key not in seen and "://" not in f"{fact.text}{fact.detail}":  # an address is nothing to quote
            seen.add(key)
            kept.append(fact)
    return kept, list(dict.fromkeys(aside))


def _safe_title(found: Metadata) -> str:
    return "" if speaks_to_machines(found.title) else found.title[:200]


def main() -> None:
    """Frames in: for each page a JSON header and its bytes. Frames out: for each a JSON verdict."""
    cell.confine(sys.argv[1:])
    frames = list(cell.unpacked(sys.stdin.buffer.read()))
    cell.write_frames(sys.stdout.buffer, (_verdict(frames[at], frames[at + 1]) for at in range(0, len(frames), 2)))


def _verdict(header: bytes, html: bytes) -> bytes:
    wanted = json.loads(header)
    try:
        page = extract(html, wanted["url"], wanted["charset"], datetime.fromisoformat(wanted["read_at"]))
    except Unreadable as refusal:
        return json.dumps({"reason": refusal.reason, "url": refusal.url, "detail": refusal.detail}).encode()
    return json.dumps({"page": page_to_json(page)}).encode()


if __name__ == "__main__":
    main()
