"""Builds the one web application that all twins, the control API and the page live in."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

import sandbox.control
import sandbox.facebook
import sandbox.instagram
import sandbox.linkedin
import sandbox.meta
import sandbox.permalinks
import sandbox.slack
import sandbox.telegram
import sandbox.tiktok
import sandbox.web
import sandbox.x
import sandbox.youtube
from sandbox.guard import Guard
from sandbox.recorder import Recorder
from sandbox.world import World


def build(world: World) -> Starlette:
    """The whole sandbox: the guard first, then the traffic recorder, then the twins; the page answers for the rest."""
    routes: list[BaseRoute] = [
        *sandbox.control.routes(world),
        *sandbox.x.routes(world),
        *sandbox.linkedin.routes(world),
        *sandbox.facebook.routes(world),
        *sandbox.instagram.routes(world),
        *sandbox.meta.routes(world, (sandbox.facebook.TWIN, sandbox.instagram.TWIN)),
        *sandbox.tiktok.routes(world),
        *sandbox.youtube.routes(world),
        *sandbox.slack.routes(world),
        *sandbox.telegram.routes(world),
        *sandbox.permalinks.routes(world),
        *sandbox.web.routes(world),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, world=world), Middleware(Recorder, world=world)])
