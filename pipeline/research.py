"""Research: what the web app's own page says, or what its people say when the page cannot be read."""

from datetime import datetime
from urllib.parse import urlsplit

from domain.description import describe
from domain.page import Page, Unreadable
from pipeline.agents.fetch import Guard
from pipeline.agents.reader import read


async def research(url: str, description: str | None, guard: Guard, now: datetime, *, called: str) -> Page:
    """The facts to write from. Raises `Unreadable` with a sentence that asks for a description, unless there is one.

    A description speaks of the web app as people `called` it, unless that is only where it lives.
    """
    try:
        return await read(url, guard=guard)
    except Unreadable:
        if not description:
            raise
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        return describe(description, url=url, read_at=now, name=None if called == host else called)
