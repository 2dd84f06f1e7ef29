"""Fetches the files that people hand over in Slack. Runs in the worker; the web process never downloads.

A file's private address takes our bot token, and answers whoever may not read it with a sign-in page, or with the way there:
such an answer is never taken for the file. The token goes to Slack's own hosts only, and no redirect leads it elsewhere.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.client import Installed, SlackHttp, Teams
from bot.slack.errors import GONE, TOKEN_DEAD, code_of, wait_of
from domain.card import Surface
from domain.handed import LARGEST, HandedFile, too_large
from pipeline.ports import FileGone, FileLater

NO_ACCESS = (
    "Slack does not let Amarktai read files here. Whoever manages the apps of this Slack workspace installs Amarktai again, which"
    " asks for the permission files:read; then hand the files over once more."
)
DELETED = "“{name}” is not in Slack any more. Hand it over again."
ELSEWHERE = "“{name}” does not lie in Slack itself but somewhere else. Upload the file and hand that over."
REFUSED: Mapping[str, str] = {
    "missing_scope": NO_ACCESS,
    "not_allowed_token_type": NO_ACCESS,
    "access_denied": NO_ACCESS,
    "file_not_found": DELETED,
    "file_deleted": DELETED,
    "not_visible": DELETED,
}
"""Slack's codes of files.info that no second try changes; docs.slack.dev, files.info."""

TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=30)
"""No bound for the whole: a film may take minutes. The step that reads has a lease of its own."""
PIECE = 65_536
MOST_REDIRECTS = 3
_AWAY = frozenset({301, 302, 303, 307, 308})
_BUSY, _BROKEN = 429, 500


class SlackFiles:
    """Implements `pipeline.ports.FileSource`. Tries nothing twice by itself; the step that fetches does."""

    surface = Surface.SLACK

    def __init__(self, http: SlackHttp, teams: Teams) -> None:
        self._http, self._teams = http, teams

    async def fetch(self, workspace_id: UUID, team: str, file: HandedFile) -> AsyncIterator[bytes]:
        """The file's bytes as they come. Raises `FileGone`, `FileLater`."""
        try:
            installed, told = await self._told(workspace_id, team, file)
            async with await self._opened(_address(told, file, self._http.api_url), installed, file) as answer:
                read = 0
                async for piece in answer.content.iter_chunked(PIECE):
                    read += len(piece)
                    if read > LARGEST:
                        raise FileGone(too_large(file, None))
                    yield piece
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            raise FileLater(f"Slack did not answer ({type(error).__name__}).") from error

    async def _told(self, workspace_id: UUID, team: str, file: HandedFile) -> tuple[Installed, dict[str, Any]]:
        """What Slack says of the file now, and the installation that may ask; a token that was replaced meanwhile is left."""
        installed = await self._installed(workspace_id, team)
        try:
            return installed, await self._info(installed, file)
        except SlackApiError as error:
            if code_of(error) not in TOKEN_DEAD:
                raise _translated(error, file) from error
            self._teams.forget(team)
            renewed = await self._installed(workspace_id, team)
            if renewed.token == installed.token:
                raise _translated(error, file) from error
        try:
            return renewed, await self._info(renewed, file)
        except SlackApiError as error:
            raise _translated(error, file) from error

    async def _info(self, installed: Installed, file: HandedFile) -> dict[str, Any]:
        answer: Any = await self._http.client(installed.token).files_info(file=file.ref)
        told: dict[str, Any] = answer["file"]
        return told

    async def _installed(self, workspace_id: UUID, team: str) -> Installed:
        installed = await self._teams.of(team)
        if installed is None or installed.workspace_id != workspace_id:
            raise FileGone(GONE["account_inactive"])
        return installed

    async def _opened(self, address: str, installed: Installed, file: HandedFile) -> aiohttp.ClientResponse:
        """The answer whose body is the file. The caller closes it."""
        headers = {"Authorization": f"Bearer {installed.token.reveal()}", "Accept-Encoding": "identity"}
        for _ in range(MOST_REDIRECTS):
            answer = await self._http.session.get(address, headers=headers, allow_redirects=False, timeout=TIMEOUT)
            problem = _problem(answer, file)
            if problem is None and answer.status not in _AWAY:
                return answer
            answer.release()
            if problem is not None:
                raise problem
            further = urljoin(address, answer.headers.get("Location", ""))
            if _host(further) != _host(address):
                break
            address = further
        raise FileGone(NO_ACCESS)


def _problem(answer: aiohttp.ClientResponse, file: HandedFile) -> FileGone | FileLater | None:
    """Why this answer is not the file; None for the file, and for a redirect."""
    if answer.status == _BUSY:
        return FileLater("Slack wants us to wait.", wait_of(answer.headers))
    if answer.status >= _BROKEN:
        return FileLater(f"Slack answered {answer.status}.")
    if answer.status in _AWAY:
        return None
    if answer.status in (401, 403):
        return FileGone(NO_ACCESS)
    if answer.status != 200:
        return FileGone(DELETED.format(name=file.said))
    if answer.content_type == "text/html":  # the sign-in page; none of the files that are taken is one
        return FileGone(NO_ACCESS)
    if (answer.content_length or 0) > LARGEST:
        return FileGone(too_large(file, None))
    return None


def _translated(error: SlackApiError, file: HandedFile) -> FileGone | FileLater:
    code = code_of(error)
    if code in ("ratelimited", "rate_limited"):
        return FileLater("Slack wants us to wait.", wait_of(getattr(error.response, "headers", None) or {}))
    if code in REFUSED:
        return FileGone(REFUSED[code].format(name=file.said))
    if code in GONE:
        return FileGone(GONE[code])
    return FileLater(f"Slack refused: {code or 'its answer made no sense'}.")


def _address(told: Mapping[str, Any], file: HandedFile, api_url: str) -> str:
    """Where the bytes lie. Raises `FileGone` for whatever is not Slack's own: there our token must not go."""
    address = str(told.get("url_private_download") or told.get("url_private") or "")
    if told.get("is_external") or not _is_slacks(address, api_url):
        raise FileGone((ELSEWHERE if address else DELETED).format(name=file.said))
    return address


def _is_slacks(address: str, api_url: str) -> bool:
    """Whether it is the API's own host or below it: files.slack.com for https://slack.com/api/."""
    (scheme, host, port), (own_scheme, own_host, own_port) = _host(address), _host(api_url)
    return (scheme, port) == (own_scheme, own_port) and (host == own_host or host.endswith(f".{own_host}"))


def _host(address: str) -> tuple[str, str, int | None]:
    """Scheme, host and port; nothing that equals a real one for what is no address."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        return "", "", None
