"""Slack's twin: Web API, Add to Slack, signed deliveries, Socket Mode, and people to act as."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from sandbox.slack import control, downloads, files, oauth, response_url, web_api, workspace
from sandbox.slack.twin import Slack
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Every address of the twin, with its levers under /_sandbox/slack."""
    workspace.seed(world.state)
    slack = Slack(world)

    async def call(request: Request) -> Response:
        return await web_api.call(slack, request)

    async def authorize(request: Request) -> Response:
        return await oauth.authorize(slack, request)

    async def decide(request: Request) -> Response:
        return await oauth.decide(slack, request)

    async def respond(request: Request) -> Response:
        return await response_url.receive(slack, request)

    async def upload(request: Request) -> Response:
        return await files.receive(slack, request)

    async def download(request: Request) -> Response:
        return await downloads.download(slack, request)

    async def socket(websocket: WebSocket) -> None:
        await slack.sockets.serve(websocket, workspace.APP_ID)

    return [
        Route("/slack/api/{method}", call, methods=["GET", "POST"]),
        Route("/slack/oauth/v2/authorize", authorize, methods=["GET"]),
        Route("/slack/oauth/v2/decide", decide, methods=["POST"]),
        Route("/slack/response/{key}", respond, methods=["POST"]),
        Route("/slack/files/upload/{file_id}/{key}", upload, methods=["POST"]),
        Route("/slack/files-pri/{pair}/download/{name}", download, methods=["GET"]),
        Route("/slack/files-pri/{pair}/{name}", download, methods=["GET"]),
        WebSocketRoute("/slack/socket", socket),
        *control.routes(slack),
    ]
