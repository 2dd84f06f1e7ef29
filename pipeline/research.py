"""Research: what the web app's own page says, or what its people say when the page cannot be read."""

from datetime import datetime

from domain.description import describe
from domain.page import Page, Unreadable
from pipeline.agents.fetch import Guard
from pipeline.agents.reader import read


async def research(url: str, description: str | None, guard: Guard, now: datetime) -> Page:
    """The facts to write from. Raises `Unreadable` with a sentence that asks for a description, unless there is one."""
    try:
        return await read(url, guard=guard)
    except Unreadable:
        if not description:
            raise
        return describe(description, url=url, read_at=now)
