"""The body of POST /rest/posts: required fields, known fields, allowed values."""

from dataclasses import dataclass
from typing import Any

from sandbox.linkedin.commentary import LIMIT
from sandbox.linkedin.refusals import refused

REQUIRED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
KNOWN = frozenset(
    (
        *REQUIRED,
        "isReshareDisabledByAuthor",
        "content",
        "reshareContext",
        "container",
        "adContext",
        "contentLandingPage",
    )
)
CONTENT = ("media", "multiImage", "article", "poll")
ALT_LIMIT = 4086
DOCUMENT = "urn:li:document:"


@dataclass(frozen=True)
class Draft:
    """A body whose shape is right. `media` are the URNs that it attaches, with their alt texts."""

    author: str
    commentary: str
    visibility: str
    media: tuple[tuple[str, str], ...]
    article: dict[str, Any] | None
    content: dict[str, Any]


def read_draft(body: dict[str, Any]) -> Draft:
    """The draft in the body. Raises Refused: missing_field, unknown_field, bad_value, too_long."""
    for name in REQUIRED:
        if name not in body:
            raise refused("missing_field", name=name)
    for name in body:
        if name not in KNOWN:
            raise refused("unknown_field", name=name)
    _check_values(body)
    if len(body["commentary"]) > LIMIT:
        raise refused("too_long")
    content = body.get("content") or {}
    return Draft(
        author=body["author"],
        commentary=body["commentary"],
        visibility=body["visibility"],
        media=_media(content),
        article=content.get("article"),
        content=content,
    )


def _check_values(body: dict[str, Any]) -> None:
    author, distribution = body["author"], body["distribution"]
    is_organization = isinstance(author, str) and author.startswith("urn:li:organization:")
    visible = ("PUBLIC", "LOGGED_IN") if is_organization else ("PUBLIC", "CONNECTIONS", "LOGGED_IN")
    feed = distribution.get("feedDistribution") if isinstance(distribution, dict) else None
    checks = (
        ("author", isinstance(author, str) and author.startswith("urn:li:"), "must be a URN"),
        ("commentary", isinstance(body["commentary"], str), "must be a string"),
        ("visibility", body["visibility"] in visible, f"must be one of {', '.join(visible)}"),
        ("lifecycleState", body["lifecycleState"] == "PUBLISHED", "only PUBLISHED is accepted at creation"),
        ("distribution/feedDistribution", feed in ("MAIN_FEED", "NONE"), "must be MAIN_FEED or NONE"),
        (
            "isReshareDisabledByAuthor",
            isinstance(body.get("isReshareDisabledByAuthor", False), bool),
            "must be a boolean",
        ),
        ("content", isinstance(body.get("content") or {}, dict), "must be an object"),
    )
    for name, holds, reason in checks:
        if not holds:
            raise refused("bad_value", name=name, reason=reason)
    content = body.get("content") or {}
    if content and (len(content) != 1 or next(iter(content)) not in CONTENT):
        raise refused("bad_value", name="content", reason=f"must hold exactly one of {', '.join(CONTENT)}")
    if not body["commentary"].strip() and not content and "reshareContext" not in body:
        raise refused("bad_value", name="commentary", reason="must not be empty without content")


def _media(content: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The URNs with their alt texts; a title takes the place of a document's."""
    if "media" in content:
        attached, known = [content["media"]], {"id", "title", "altText"}
    elif "multiImage" in content:
        attached = content["multiImage"].get("images", []) if isinstance(content["multiImage"], dict) else []
        known = {"id", "altText"}
        if not isinstance(attached, list) or not 2 <= len(attached) <= 20:
            raise refused("bad_value", name="content/multiImage/images", reason="must hold 2 to 20 images")
    else:
        article = content.get("article")
        if article is not None and not (isinstance(article, dict) and article.get("source") and article.get("title")):
            raise refused("bad_value", name="content/article", reason="source and title are required")
        return ()
    for one in attached:
        _check_one(one, known)
    return tuple((one["id"], one.get("altText") or one.get("title") or "") for one in attached)


def _check_one(one: Any, known: set[str]) -> None:
    if not isinstance(one, dict) or not isinstance(one.get("id"), str):
        raise refused("bad_value", name="content/media/id", reason="must be a media URN")
    for name in one.keys() - known:
        raise refused("unknown_field", name=f"content/media/{name}")
    alt = one.get("altText") or ""
    if not isinstance(alt, str) or len(alt) > ALT_LIMIT:
        raise refused("bad_value", name="content/media/altText", reason=f"must be at most {ALT_LIMIT} characters")
    if not isinstance(one.get("title") or "", str):
        raise refused("bad_value", name="content/media/title", reason="must be a string")
    if one["id"].startswith(DOCUMENT) and not (one.get("title") or "").strip():
        raise refused("missing_field", name="content/media/title")
