"""Files that were handed over in Slack are fetched by the worker, with the workspace's own token and from Slack only."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

import bot.slack.files
from bot.slack.client import Installed, SlackHttp, Teams
from bot.slack.files import SlackFiles
from domain.handed import HandedFile
from domain.secret import Secret
from pipeline.ports import FileGone, FileLater, FileSource
from tests.bot.slack.conftest import Review
from tests.sandbox.slack.product import Product, Received, serving_product

BYTES = bytes(range(256)) * 1_000


@pytest.fixture
def source(review: Review) -> FileSource:
    """The worker's half, with its own view of which token is whose."""
    return SlackFiles(review.house.desk.http, Teams(review.house.worker, review.house.desk.vault))


async def handed(review: Review, name: str = "tea.png", content: bytes = BYTES) -> HandedFile:
    return HandedFile(await review.house.upload(name, content), name, len(content), "image/png")


async def fetched(source: FileSource, review: Review, file: HandedFile, team: str = "T0SANDBOX") -> bytes:
    return b"".join([piece async for piece in source.fetch(review.team.workspace_id, team, file)])


def without_files_read(review: Review) -> None:
    """The install as it was before it asked for files:read."""
    state = review.house.sandbox.world.state
    for found in state.all("slack.token"):
        scopes = [scope for scope in found["scopes"] if scope != "files:read"]
        state.put("slack.token", found["token"], {**found, "scopes": scopes})


async def test_a_file_comes_in_pieces_as_it_was_chosen(review: Review, source: FileSource) -> None:
    file = await handed(review)
    pieces = [piece async for piece in source.fetch(review.team.workspace_id, "T0SANDBOX", file)]
    assert b"".join(pieces) == BYTES and len(pieces) > 1


async def test_a_reader_may_stop_early_and_the_next_file_still_comes(review: Review, source: FileSource) -> None:
    file = await handed(review)
    stream = source.fetch(review.team.workspace_id, "T0SANDBOX", file)
    assert await anext(stream)
    assert isinstance(stream, AsyncIterator)
    await stream.aclose()  # type: ignore[attr-defined]
    assert await fetched(source, review, file) == BYTES


async def test_a_deleted_file_is_gone_and_said_by_its_name(review: Review, source: FileSource) -> None:
    file = await handed(review)
    await review.house.act("delete_file", user="U0MARA", file=file.ref)
    with pytest.raises(FileGone) as gone:
        await fetched(source, review, file)
    assert gone.value.sentence == "“tea.png” is not in Slack any more. Hand it over again."
    with pytest.raises(FileGone, match="not in Slack any more"):
        await fetched(source, review, replace(file, ref="F0NOWHERE"))


async def test_an_install_that_may_not_read_files_is_told_to_install_again(review: Review, source: FileSource) -> None:
    file = await handed(review)
    without_files_read(review)
    with pytest.raises(FileGone, match=r"installs Amarktai again.*files:read"):
        await fetched(source, review, file)


@pytest.mark.parametrize("target", ["slack.files.info", "slack.files.download"])
async def test_a_busy_slack_is_asked_again_after_its_own_seconds(
    review: Review, source: FileSource, target: str
) -> None:
    file = await handed(review)
    review.house.sandbox.fault(target, "429", retry_after=17)
    with pytest.raises(FileLater) as later:
        await fetched(source, review, file)
    assert later.value.seconds == 17
    assert await fetched(source, review, file) == BYTES


@pytest.mark.parametrize("target", ["slack.files.info", "slack.files.download"])
@pytest.mark.parametrize("fault", ["reject_5xx", "accept_then_close"])
async def test_a_slack_that_breaks_is_asked_again_later(
    review: Review, source: FileSource, target: str, fault: str
) -> None:
    file = await handed(review)
    review.house.sandbox.fault(target, fault, count=2)  # the client itself asks twice when a connection closes
    with pytest.raises(FileLater):
        await fetched(source, review, file)


async def test_files_of_one_workspace_are_never_fetched_with_the_token_of_another(
    review: Review, source: FileSource
) -> None:
    file = await handed(review)
    with pytest.raises(FileGone, match="Install it again"):
        [piece async for piece in source.fetch(UUID(int=7), "T0SANDBOX", file)]
    with pytest.raises(FileGone, match="Install it again"):
        await fetched(source, review, file, team="T0OTHER")


async def test_a_token_that_was_replaced_meanwhile_is_read_anew(review: Review, source: FileSource) -> None:
    file = await handed(review)
    assert await fetched(source, review, file) == BYTES
    await review.house.act("event", type="tokens_revoked")
    await review.house.install()
    assert await fetched(source, review, file) == BYTES


# --- a Slack that answers oddly --------------------------------------------------------------------------------------

Answers = Callable[[Received], Response]
WORKSPACE = UUID(int=1)


@contextmanager
def a_slack(answers: Answers) -> Iterator[tuple[Product, SlackHttp]]:
    """A server whose files.info names its own /f as the place of the bytes; `answers` says what lies there."""
    with serving_product() as slack:

        def answer(received: Received) -> Response:
            if received.path.endswith("files.info"):
                return JSONResponse({"ok": True, "file": {"id": "F1", "url_private_download": f"{slack.url}/f"}})
            return answers(received)

        slack.answers = answer
        yield slack, SlackHttp(f"{slack.url}/api/")


def answer_with(response: Response) -> Answers:
    return lambda _received: response


class OneTeam(Teams):
    """Every team is this workspace's, with one token."""

    def __init__(self, workspace_id: UUID) -> None:
        self._workspace_id = workspace_id

    async def of(self, team: str) -> Installed:
        return Installed(self._workspace_id, team, Secret("xoxb-mine"))


FILE = HandedFile("F1", "tea.png", 5, "image/png")


async def whole(http: SlackHttp) -> bytes:
    """The file from that Slack."""
    source = SlackFiles(http, OneTeam(WORKSPACE))
    return b"".join([piece async for piece in source.fetch(WORKSPACE, "T1", FILE)])


async def said(answers: Answers) -> str:
    """Why the file does not come."""
    with a_slack(answers) as (_, http):
        with pytest.raises(FileGone) as gone:
            await whole(http)
        await http.close()
    return gone.value.sentence


async def test_a_download_that_ends_too_early_is_asked_for_again() -> None:
    with a_slack(answer_with(Response(b"half", headers={"Content-Length": "1000"}))) as (_, http):
        with pytest.raises(FileLater):
            await whole(http)
        await http.close()


async def test_a_page_instead_of_the_file_means_that_we_may_not_read_it() -> None:
    page = Response("<!DOCTYPE html><title>Sign in | Slack</title>", media_type="text/html")
    assert "files:read" in await said(answer_with(page))
    assert "files:read" in await said(answer_with(Response(status_code=403)))
    assert "not in Slack any more" in await said(answer_with(Response(status_code=404)))


async def test_a_redirect_is_followed_on_the_same_host_and_never_to_another() -> None:
    def home(received: Received) -> Response:
        return Response(BYTES) if received.path == "/g" else RedirectResponse("/g")

    with a_slack(home) as (_, http):
        assert await whole(http) == BYTES
        await http.close()
    with serving_product() as elsewhere:
        assert "files:read" in await said(answer_with(RedirectResponse(f"{elsewhere.url}/f")))
        assert elsewhere.received == []
    assert "files:read" in await said(answer_with(RedirectResponse("/f")))  # round and round


async def test_our_token_goes_to_slacks_own_hosts_only() -> None:
    with serving_product() as elsewhere, a_slack(answer_with(Response())) as (slack, http):
        for told in (
            {"url_private": f"{elsewhere.url}/f"},
            {"url_private": f"{slack.url}/f", "is_external": True},
            {"url_private": "http://[nonsense/"},
            {},
        ):
            slack.answers = answer_with(JSONResponse({"ok": True, "file": {"id": "F1", **told}}))
            with pytest.raises(FileGone):
                await whole(http)
        assert elsewhere.received == [] and {one.path for one in slack.received} == {"/api/files.info"}
        await http.close()


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://slack.com/files-pri/T1-F1/a.png", True),
        ("http://files.slack.com/files-pri/T1-F1/a.png", False),
        ("https://files.slack.com:8443/a.png", False),
        ("https://evilslack.com/a.png", False),
        ("https://files.slack.com.evil.example/a.png", False),
        ("https://files.slack.com@evil.example/a.png", False),
    ],
)
def test_slacks_own_hosts_are_those_of_the_api_and_below_it(address: str, ours: bool) -> None:
    assert bot.slack.files._is_slacks(address, "https://slack.com/api/") is ours


async def test_no_more_than_the_largest_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.slack.files, "LARGEST", 100_000)
    assert "too large" in await said(answer_with(Response(BYTES)))

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield bytes(50_000)

    assert "too large" in await said(answer_with(StreamingResponse(unannounced())))


def test_the_workers_half_imports_neither_bolt_nor_a_web_framework() -> None:
    code = "import sys, bot.slack.files; print({'slack_bolt', 'fastapi', 'starlette'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
