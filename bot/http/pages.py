"""Pages: the landing page with the plans, and the small pages that say what happened and what to do."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.plans import PLANS

NAME_SECONDS = 1.0
FOLDER = Path(__file__).parent


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


@cache
def _typeface() -> Path:
    """Manrope, every weight in one file, out of its wheel (OFL)."""
    import font_manrope  # type: ignore[import-untyped]

    return Path(font_manrope.__file__).parent / "files" / "Manrope-VariableFont_wght.ttf"


def page(name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A template, filled and escaped."""
    return HTMLResponse(_templates().get_template(name).render(**values), status_code=status)


def say(
    title: str, text: str, *, status: int = 200, link: tuple[str, str] | None = None, again_in: int | None = None
) -> HTMLResponse:
    """A page with a heading and a sentence. `link` is (address, label); `again_in` reloads it after so many seconds."""
    return page("message.html", status=status, title=title, text=text, link=link, again_in=again_in)


def landing(*, has_slack: bool, telegram_name: Callable[[], Awaitable[str | None]]) -> APIRouter:
    """The landing page. It works without JavaScript, in light and dark, and is what the demonstration promotes."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    async def home() -> HTMLResponse:
        name = await _within(telegram_name, NAME_SECONDS)
        return page("landing.html", plans=list(PLANS.values()), has_slack=has_slack, telegram_bot=name)

    @router.get("/fonts/manrope.ttf")
    async def typeface() -> FileResponse:
        return FileResponse(_typeface(), media_type="font/ttf", headers={"cache-control": "public, max-age=31536000"})

    @router.get("/robots.txt", response_class=HTMLResponse)
    async def robots() -> HTMLResponse:
        return HTMLResponse(
            "User-agent: *\nAllow: /\nDisallow: /connect/\nDisallow: /settings\nDisallow: /slack/\n",
            media_type="text/plain",
        )

    return router


async def _within(name: Callable[[], Awaitable[str | None]], seconds: float) -> str | None:
    """The bot's name; None when Telegram is slow to tell. The page does not wait for others."""
    try:
        async with asyncio.timeout(seconds):
            return await name()
    except TimeoutError:
        return None
