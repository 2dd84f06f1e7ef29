"""Reads a web app's pages and gives back facts, or says in a sentence why it cannot."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.page import Page, Unreadable, merged, page_from_json
from pipeline.agents import cell
from pipeline.agents.fetch import PICTURES, Fetched, Fetcher, Guard, check_address, fetcher, origin
from pipeline.agents.robots import Robots, robots_of

DEADLINE = 15.0
"""Seconds for everything: name look-ups, redirects, robots.txt, the page and its sister pages."""

SISTERS = ("pricing", "features", "faq", "about")
_MOST_SISTERS = 3
_SISTERS_SECONDS = 6.0
_EXTRACT_SECONDS = 10.0
_PICTURE_BYTES = 5_000_000


async def read(url: str, *, guard: Guard | None = None, deadline: float = DEADLINE) -> Page:
    """The facts of a web app's page and of up to three sister pages of the same site, each with where it stood.

    Raises Unreadable with a sentence for the card. The same page gives the same facts. Nothing on it is obeyed.
    """
    guard = guard or Guard()
    check_address(url)
    try:
        async with asyncio.timeout(deadline), fetcher(guard) as fetch:
            robots = await robots_of(url, fetch)
            robots.check(url)
            answer = await fetch.get(url)
            if origin(answer.url) != origin(url):
                robots = await robots_of(answer.url, fetch)
                robots.check(answer.url)
            page = (await _extract([_checked(answer)]))[0]
            return merged(page, await _sisters(page, fetch, robots))
    except TimeoutError:
        raise Unreadable("timeout", url, f"{deadline:g}") from None


async def picture(url: str, *, guard: Guard | None = None, deadline: float = 8.0) -> bytes | None:
    """The bytes of a page's share image, or None when it cannot be had; our own card is drawn then."""
    try:
        async with asyncio.timeout(deadline), fetcher(guard or Guard()) as fetch:
            answer = await fetch.get(url, accept=PICTURES, limit=_PICTURE_BYTES)
            return answer.body or None
    except (Unreadable, TimeoutError):
        return None


def _checked(answer: Fetched) -> Fetched:
    if answer.status in (404, 410):
        raise Unreadable("not_found", answer.url)
    if not 200 <= answer.status < 300:
        raise Unreadable("http_error", answer.url, str(answer.status))
    if not answer.body.strip():
        raise Unreadable("empty", answer.url)
    return answer


async def _sisters(page: Page, fetch: Fetcher, robots: Robots) -> list[Page]:
    """Sister pages are a bonus: whatever is wrong with one of them, the page itself stands."""
    wanted = [page.links[kind] for kind in SISTERS if kind in page.links and page.links[kind] != page.url]
    answers: list[Fetched] = []
    try:
        async with asyncio.timeout(_SISTERS_SECONDS):
            for url in dict.fromkeys(wanted[:_MOST_SISTERS]):
                if origin(url) == origin(page.url):
                    answers += await _one_sister(url, page, fetch, robots)
    except TimeoutError:
        pass  # with those that came in time
    return await _extract(answers, strict=False) if answers else []


async def _one_sister(url: str, page: Page, fetch: Fetcher, robots: Robots) -> list[Fetched]:
    try:
        robots.check(url)
        answer = _checked(await fetch.get(url))
    except Unreadable:
        return []
    return [answer] if origin(answer.url) == origin(page.url) else []


async def _extract(answers: Sequence[Fetched], *, strict: bool = True) -> list[Page]:
    """Takes pages apart in a process of its own.

    With `strict`, a page without facts raises Unreadable, else it is left out.
    """
    now = datetime.now(UTC).isoformat()
    frames: list[bytes] = []
    for answer in answers:
        frames += [json.dumps({"url": answer.url, "charset": answer.charset, "read_at": now}).encode(), answer.body]
    try:
        printed = await cell.run("pipeline.agents.extract", cell.packed(frames), seconds=_EXTRACT_SECONDS)
        verdicts = [cell.as_json(frame) for frame in cell.unpacked(printed)]
    except cell.CellFailed as failure:
        if strict:
            raise Unreadable("unparsable", answers[0].url, "reading it took too long or too much memory") from failure
        return []
    return [page for verdict in verdicts if (page := _page(verdict, strict)) is not None]


def _page(verdict: Mapping[str, Any], strict: bool) -> Page | None:
    if "page" in verdict:
        return page_from_json(verdict["page"])
    if strict:
        raise Unreadable(verdict["reason"], verdict["url"], verdict["detail"])
    return None
