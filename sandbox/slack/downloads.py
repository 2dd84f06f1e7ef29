"""Private addresses of files: the bytes for a bot token that may read files, and Slack's sign-in page for everybody else."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.faults import answer
from sandbox.slack import files, installs
from sandbox.slack.refusals import Refused
from sandbox.slack.twin import Slack

TARGET = "slack.files.download"
SCOPE = "files:read"
SIGN_IN = """<!DOCTYPE html><html lang="en-US"><head><title>Sign in to your workspace | Slack</title></head>
<body><h1>Sign in to your workspace</h1><p>Enter your workspace's Slack URL</p></body></html>"""
GONE = '<!DOCTYPE html><html lang="en-US"><head><title>Slack</title></head><body>File not found</body></html>'


async def download(slack: Slack, request: Request) -> Response:
    """The bytes, under whatever fault is armed for slack.files.download.

    Whoever may not read the file gets the sign-in page with a 200, as from Slack: a token that was never issued, one
    without files:read, one of another team. Only the Authorization header is looked at.
    """
    team, _, file_id = request.path_params["pair"].partition("-")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""

    async def accept() -> Response:
        return _answer(slack, team, file_id, bearer)

    return await answer(slack.world, TARGET, accept)


def _answer(slack: Slack, team: str, file_id: str, bearer: str) -> Response:
    if not _may_read(slack, team, bearer):
        return HTMLResponse(SIGN_IN)
    document: dict[str, Any] | None = slack.world.state.get(files.KIND, file_id)
    if document is None or document["team"] != team or document["stage"] != "complete":
        return HTMLResponse(GONE, 404)
    content = files.path_of(slack, file_id).read_bytes()
    return Response(content, media_type=files.mime_of(document["name"]))


def _may_read(slack: Slack, team: str, bearer: str) -> bool:
    try:
        who = installs.caller(slack.world, bearer)
    except Refused:
        return False
    return who.team.id == team and SCOPE in who.scopes
