"""Slack's twin: Web API, Add to Slack, signed deliveries, Socket Mode, and people to act as."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from sandbox.slack import control, files, installs, oauth, response_url, web_api, workspace
from sandbox.slack.refusals import Refused
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
        return _download(slack, request)

    async def socket(websocket: WebSocket) -> None:
        await slack.sockets.serve(websocket, workspace.APP_ID)

    return [
        Route("/slack/api/{method}", call, methods=["GET", "POST"]),
        Route("/slack/oauth/v2/authorize", authorize, methods=["GET"]),
        Route("/slack/oauth/v2/decide", decide, methods=["POST"]),
        Route("/slack/response/{key}", respond, methods=["POST"]),
        Route("/slack/files/upload/{file_id}/{key}", upload, methods=["POST"]),
        Route("/slack/files/{file_id}", download, methods=["GET"]),
        WebSocketRoute("/slack/socket", socket),
        *control.routes(slack),
    ]


def _download(slack: Slack, request: Request) -> Response:
    """A private file: only with a bot token of its team."""
    document = slack.world.state.get(files.KIND, request.path_params["file_id"])
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    try:
        team = installs.caller(slack.world, bearer).team.id
    except Refused:
        return PlainTextResponse("a bot token is wanted", 403)
    if document is None or document["team"] != team or document["stage"] != "complete":
        return PlainTextResponse("file not found", 404)
    return FileResponse(files.path_of(slack, document["id"]), media_type=files.mime_of(document["name"]))
