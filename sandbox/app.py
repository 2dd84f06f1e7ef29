"""Builds the one web application that all twins, the control API and the page live in."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

import sandbox.control
import sandbox.linkedin
import sandbox.permalinks
import sandbox.slack
import sandbox.telegram
import sandbox.x
from sandbox.guard import Guard
from sandbox.recorder import Recorder
from sandbox.world import World

WEB = Path(__file__).with_name("web")


def build(world: World) -> Starlette:
    """The whole sandbox: the guard first, then the traffic recorder, then the twins; the page answers for the rest."""
    routes: list[BaseRoute] = [
        *sandbox.control.routes(world),
        *sandbox.x.routes(world),
        *sandbox.linkedin.routes(world),
        *sandbox.slack.routes(world),
        *sandbox.telegram.routes(world),
        *sandbox.permalinks.routes(world),
    ]
    if WEB.is_dir():
        routes.append(Mount("/", StaticFiles(directory=WEB, html=True)))
    return Starlette(routes=routes, middleware=[Middleware(Guard, world=world), Middleware(Recorder, world=world)])
