"""What a page says about itself in its head: title, description, Open Graph, JSON-LD."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import regex

from pipeline.agents.markup import line

_APPS = frozenset({"SoftwareApplication", "WebApplication", "MobileApplication", "Product", "Service"})
_OWNERS = frozenset({"Organization", "WebSite", "Brand", "Corporation"})
_PARTED = regex.compile(r"\s+[|–—·:•-]\s+|\s*[|—·•]\s*|:\s+")
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Metadata:
    """The head of a page. `structured` are JSON-LD nodes; `name_where` says where the name stood."""

    title: str
    name: str
    name_where: str
    tagline: str
    description: str
    description_where: str
    language: str
    share_image: str
    structured: tuple[dict[str, Any], ...]


def metadata_of(tree: Any, url: str) -> Metadata:
    """Reads the head. Missing things are empty."""
    metas = _metas(tree)
    structured = tuple(_structured(tree))
    head = tree.css_first("title")
    title = line(head.text()) if head is not None else ""
    name, where = _name(metas, structured, title, urlsplit(url).hostname or "")
    described = next(((metas[key], label) for key, label in _DESCRIBED if metas.get(key)), ("", ""))
    image = metas.get("og:image") or metas.get("og:image:url") or metas.get("twitter:image") or ""
    return Metadata(
        title=title or metas.get("og:title", ""),
        name=name,
        name_where=where,
        tagline=_rest(metas.get("og:title") or title, name),
        description=described[0],
        description_where=described[1],
        language=_language(tree, metas),
        share_image=_absolute(image, url),
        structured=structured,
    )


_DESCRIBED = (
    ("description", "meta description"),
    ("og:description", "og:description"),
    ("twitter:description", "twitter:description"),
)


def _metas(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.css("meta[content]"):
        key = (node.attributes.get("name") or node.attributes.get("property") or "").casefold()
        if key:
            found.setdefault(key, line(node.attributes.get("content"))[:600])
    return found


def _structured(tree: Any) -> Iterator[dict[str, Any]]:
    for node in tree.css('script[type="application/ld+json"]')[:20]:
        try:
            yield from _nodes(json.loads((node.text() or "")[:200_000]), 0)
        except (ValueError, RecursionError):
            continue  # broken JSON-LD says nothing


def _nodes(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value[:50]:
            yield from _nodes(one, depth + 1)
    elif isinstance(value, dict):
        yield value
        yield from _nodes(value.get("@graph"), depth + 1)


def is_a(node: dict[str, Any], names: frozenset[str]) -> bool:
    """Whether a JSON-LD node is of one of these types."""
    kind = node.get("@type")
    return any(one in names for one in (kind if isinstance(kind, list) else [kind]) if isinstance(one, str))


def _name(metas: dict[str, str], structured: tuple[dict[str, Any], ...], title: str, host: str) -> tuple[str, str]:
    for types in (_APPS, _OWNERS):
        for node in structured:
            if is_a(node, types) and isinstance(node.get("name"), str) and 0 < len(node["name"]) <= 60:
                return line(node["name"]), "JSON-LD name"
    for key in ("og:site_name", "application-name", "apple-mobile-web-app-title"):
        if 0 < len(metas.get(key, "")) <= 60:
            return metas[key], key
    parts = [part for part in _PARTED.split(title) if part]
    stem = host.removeprefix("www.").partition(".")[0].casefold()
    matching = [part for part in parts if regex.sub(r"\W", "", part.casefold()) == regex.sub(r"\W", "", stem)]
    if matching or parts:
        return (matching or sorted(parts, key=len))[0][:60], "title"
    return host.removeprefix("www."), "address"


def _rest(title: str, name: str) -> str:
    """The title without the name: often the promise."""
    parts = [part.strip() for part in _PARTED.split(title) if part and part.strip().casefold() != name.casefold()]
    return max(parts, key=len, default="")


def _language(tree: Any, metas: dict[str, str]) -> str:
    root = tree.css_first("html")
    said = (root.attributes.get("lang") or "") if root is not None else ""
    said = said or metas.get("og:locale", "") or metas.get("content-language", "")
    found = regex.match(r"[A-Za-z]{2,3}", said.strip())
    return found.group().lower() if found else ""


def _absolute(address: str, url: str) -> str:
    try:
        joined = urljoin(url, address.strip()) if address else ""
        return joined if urlsplit(joined).scheme in ("http", "https") and len(joined) <= 2_048 else ""
    except ValueError:
        return ""
