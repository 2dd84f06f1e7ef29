"""The web application: pages behind the framework, webhooks past it, the guard in front of both."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

from bot.http.guard import App, Guard
from bot.http.pages import FOLDER, say


def build_web(
    routers: Sequence[APIRouter], webhooks: Mapping[str, App], *, tls: bool, form_targets: Sequence[str]
) -> Guard:
    """Put it together. `webhooks` are raw applications by path; they verify before they parse."""
    app = FastAPI(title="Amarktai Marketing", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(HTTPException, _not_here)
    app.add_exception_handler(RequestValidationError, _not_here)
    app.add_exception_handler(Exception, _trouble)
    return Guard(app, webhooks, tls=tls, form_targets=form_targets)


async def _not_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    if status == 404:
        return say(
            "There is nothing here", "The address may be mistyped, or the page is gone.", status=404, link=("/", "Home")
        )
    answer = say("That does not work", "The request does not fit this address.", status=status, link=("/", "Home"))
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


async def _trouble(_request: Request, _error: Exception) -> Response:
    text = "Something went wrong on our side, and nothing was changed. Please try again in a minute."
    return say("That did not work", text, status=500)
