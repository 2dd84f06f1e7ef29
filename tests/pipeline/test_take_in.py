"""Handed files become the next revision, once, whatever they are and whatever stops a worker; or the card says why not."""

import asyncio
import hashlib
import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from domain.decision import Decision, Outcome
from domain.handed import HandedFile
from domain.payload import Payload
from domain.platforms import Platform
from pipeline.agents.film import ffmpeg
from pipeline.agents.sheets import pages
from pipeline.decide import Brought, Click, decide
from pipeline.faces import post_view
from pipeline.ports import FileGone, FileLater
from pipeline.take_in import TRIES, take_in
from storage import cards, handed
from storage.blobs import Media
from storage.session import Database
from tests.pipeline.conftest import Hints, Team
from tests.pipeline.handed import Desk, a_desk, film, picture

needs_ffmpeg = pytest.mark.skipif(ffmpeg() is None, reason="the extra “video” is not installed")
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R>>endobj\n4 0 obj<</Type/Page/Parent 2 0 R>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return Media.at("", tmp_path)


@pytest.fixture
async def desk(team: Team, web: Database, hint: Hints, media: Media, tmp_path: Path) -> Desk:
    return await a_desk(team, web, hint, media, tmp_path, platform=Platform.X)


def on(desk: Desk, platform: Platform) -> Any:
    return desk.team.value(
        "UPDATE accounts SET platform = %(p)s WHERE workspace_id = %(workspace_id)s RETURNING 1", p=platform
    )


async def test_a_picture_becomes_the_next_revision_by_who_handed_it_over(
    desk: Desk, media: Media, tmp_path: Path
) -> None:
    await desk.send(picture(tmp_path / "a.png", "PNG"), "a.png", "image/png", "The quay")
    row = await desk.shown()
    (shown,) = row["pictures"]
    assert (shown["content_type"], shown["width"], shown["height"], shown["alt"]) == ("image/png", 640, 480, "The quay")
    content = await media.get(shown["digest"])
    assert len(content) == shown["size"] and Image.open(io.BytesIO(content)).size == (640, 480)
    assert (row["text"], row["drafted_from"], row["made_by"]) == ("text", "media", desk.team.reviewer)
    account = await desk.team.value("SELECT id FROM accounts WHERE workspace_id = %(workspace_id)s")
    payload = Payload.of_row("text", row["pictures"], row["settings"], None, None)
    assert bytes(row["sha256"]) == payload.sha256(account)  # type: ignore[arg-type]
    assert await desk.team.state(desk.post) == "in_review"
    assert desk.chat.asked == [("T1", "a.png")]
    assert list((tmp_path / "intake").iterdir()) == []


async def test_a_photo_is_upright_and_tells_nobody_where_it_was_taken(desk: Desk, media: Media, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Telephone of Bob"
    exif.get_ifd(0x8825)[1] = "N"
    await on(desk, Platform.INSTAGRAM)
    await desk.send(picture(tmp_path / "a.jpg", sides=(600, 500), exif=exif), "a.jpg", "image/jpeg")
    (shown,) = (await desk.shown())["pictures"]
    assert (shown["content_type"], shown["width"], shown["height"]) == ("image/jpeg", 500, 600)
    content = await media.get(shown["digest"])
    assert not Image.open(io.BytesIO(content)).getexif() and b"Telephone" not in content


async def test_a_shape_that_instagram_does_not_take_gets_a_border_and_a_story_does_not(
    desk: Desk, tmp_path: Path
) -> None:
    await on(desk, Platform.INSTAGRAM)
    await desk.send(picture(tmp_path / "a.png", "PNG", (300, 800)), "a.png", "image/png")
    (shown,) = (await desk.shown())["pictures"]
    assert shown["height"] == 800 and 0.8 <= shown["width"] / shown["height"] < 0.81
    assert shown["content_type"] == "image/jpeg"


async def test_several_pictures_stand_in_the_order_in_which_they_were_sent(desk: Desk, tmp_path: Path) -> None:
    for n in range(3):
        desk.chat.files[f"F{n}"] = picture(tmp_path / f"{n}.png", "PNG", (100 + n, 80))
    await desk.hand(*(HandedFile(f"F{n}", f"{n}.png", None, "image/png") for n in range(3)))
    await desk.work()
    assert [one["width"] for one in (await desk.shown())["pictures"]] == [100, 101, 102]


@needs_ffmpeg
async def test_a_film_that_fits_is_not_made_anew_and_loses_its_notes(desk: Desk, media: Media, tmp_path: Path) -> None:
    content = film(tmp_path / "a.mp4", "-metadata", "title=Quay of Bob", "-metadata", "location=+52.5+13.4/")
    assert b"Quay of Bob" in content
    await desk.send(content, "a.mp4", "video/mp4", "Boats")
    row = await desk.shown()
    shown = row["video"]
    assert (shown["width"], shown["height"], shown["rate"], shown["alt"]) == (320, 180, 25.0, "Boats")
    assert (shown["video_codec"], shown["audio_codec"], shown["content_type"]) == ("avc1", "mp4a", "video/mp4")
    assert abs(shown["seconds"] - 3.5) < 0.2 and row["pictures"] == []
    kept = await media.get(shown["digest"])
    assert len(kept) == shown["size"] and b"Quay of Bob" not in kept
    assert kept.index(b"moov") < kept.index(b"mdat")
    assert Image.open(io.BytesIO(await media.get(shown["still"]))).format == "JPEG"


@needs_ffmpeg
async def test_a_film_of_another_kind_is_made_anew_within_the_platforms_limits(desk: Desk, tmp_path: Path) -> None:
    content = film(tmp_path / "a.mkv", "-c:v", "mpeg4", "-c:a", "mp2", sides="1600x400", rate=90, seconds=1)
    await desk.send(content, "a.mkv", "video/x-matroska")
    shown = (await desk.shown())["video"]
    assert (shown["video_codec"], shown["audio_codec"], shown["rate"]) == ("avc1", "mp4a", 60.0)
    assert shown["width"] <= 1280 and shown["width"] / shown["height"] <= 3


@needs_ffmpeg
async def test_an_animated_gif_stays_one_where_it_may_and_is_a_film_elsewhere(desk: Desk, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (64, 48), (40 * n, 0, 0)) for n in range(4)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=250, loop=0)
    content = (tmp_path / "a.gif").read_bytes()
    await desk.send(content, "a.gif", "image/gif")
    (shown,) = (await desk.shown())["pictures"]
    assert (shown["content_type"], shown["digest"]) == ("image/gif", hashlib.sha256(content).hexdigest())
    await on(desk, Platform.INSTAGRAM)
    await desk.send(content, "a.gif", "image/gif")
    newest = (await desk.revisions())[-1]
    assert newest["pictures"] == [] and newest["video"]["seconds"] >= 3 and newest["video"]["rate"] >= 23


async def test_a_document_is_stored_as_it_came(desk: Desk, media: Media) -> None:
    await on(desk, Platform.LINKEDIN)
    await desk.send(PDF, "Harbour report.pdf", "application/pdf")
    shown = (await desk.shown())["document"]
    assert (shown["pages"], shown["title"], shown["size"]) == (2, "Harbour report", len(PDF))
    assert await media.get(shown["digest"]) == PDF


PACKED = b"<</Type/Page/Parent 2 0 R>> <</Type/Page/Parent 2 0 R>> <</Type/Page/Parent 2 0 R>>"


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (PDF, 2),
        (PDF.replace(b"/Count 2", b"/Resources<<>>"), 2),
        (PDF.replace(b"trailer", b"4 0 obj<</Type/Page/Rotate 90>>endobj\ntrailer"), 2),
        (
            b"%PDF-1.5\n1 0 obj<</Type/Pages/Kids[]>>endobj\n5 0 obj<</Type/ObjStm/N 3/Filter/FlateDecode>>stream\n"
            + zlib.compress(PACKED) + b"\nendstream endobj\n%%EOF", 3,
        ),
    ],
)  # fmt: skip
def test_pages_are_counted_wherever_a_pdf_keeps_them(tmp_path: Path, content: bytes, count: int) -> None:
    (tmp_path / "a").write_bytes(content)
    assert pages(tmp_path / "a") == count


def bomb() -> bytes:
    """A PNG of 10,000 × 10,000 pixels in a few kilobytes."""
    kept = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def cut(tmp_path: Path) -> bytes:
    content = film(tmp_path / "whole.mp4", "-movflags", "+faststart")
    return content[: len(content) * 6 // 10]


def heic(tmp_path: Path) -> bytes:
    return b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic" + bytes(400)


WRONG: dict[str, tuple[str, Callable[[Path], bytes], str]] = {
    "a text that calls itself a picture": ("a.jpg", lambda path: b"Dear all,\n" * 50, "is no picture, film or PDF"),
    "a playlist that calls itself a film": ("a.mp4", lambda path: b"#EXTM3U\nfile:///etc/passwd\n", "is no picture"),
    "a picture that is cut off": ("a.png", lambda path: picture(path / "a.png", "PNG")[:900], "is cut off or broken"),
    "a picture bomb": ("a.png", lambda path: bomb(), "has 10,000 × 10,000 pixels"),
    "a HEIC picture": ("a.heic", heic, "Send it as JPEG"),
    "nothing": ("a.png", lambda path: b"", "is empty"),
    "a film without its index": ("a.mp4", lambda path: film(path / "a.mp4")[:30_000], "is broken, or no film"),
    "a film that breaks off": ("a.mp4", cut, "breaks off"),
    "a PDF with a password": ("a.pdf", lambda path: PDF.replace(b"/Root", b"/Encrypt 9 0 R/Root"), "has a password"),
    "a PDF that is cut off": ("a.pdf", lambda path: PDF[:-20], "is cut off or broken"),
}


@needs_ffmpeg
@pytest.mark.parametrize("wrong", WRONG)
async def test_a_file_that_cannot_be_used_ends_in_a_sentence_and_the_post_stands(
    desk: Desk, tmp_path: Path, wrong: str
) -> None:
    name, make, said = WRONG[wrong]
    await on(desk, Platform.LINKEDIN)
    desk.chat.files[name] = make(tmp_path)
    await desk.hand(HandedFile(name, name, None, ""))
    await desk.work()
    problem = await desk.problem()
    assert problem.startswith(f"“{name}” ") and said in problem
    assert await desk.team.state(desk.post) == "in_review"


async def test_a_picture_among_documents_is_found_out_by_its_bytes(desk: Desk, tmp_path: Path) -> None:
    await on(desk, Platform.LINKEDIN)
    desk.chat.files |= {"a": PDF, "b": picture(tmp_path / "b.png", "PNG")}
    await desk.hand(HandedFile("a", "a.png", None, "image/png"), HandedFile("b", "b.png", None, "image/png"))
    await desk.work()
    assert "do not go into one post together" in await desk.problem()


async def test_no_more_is_read_of_a_file_than_the_largest_may_have(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.handed.CEILINGS", ceilings := {kind: 200_000 for kind in desk_kinds()})
    monkeypatch.setattr("pipeline.fetch_files.CEILINGS", ceilings)
    desk.chat.files["a.png"] = bytes(2_000_000)
    await desk.hand(HandedFile("a.png", "a.png", None, "image/png"))
    await desk.work()
    assert "is too large" in await desk.problem() and desk.chat.given <= 5


def desk_kinds() -> list[Any]:
    from domain.handed import Kind

    return list(Kind)


def fails(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


async def test_a_file_that_is_gone_is_told_in_the_chats_words(desk: Desk) -> None:
    desk.chat.before = [fails(FileGone("“a.png” was deleted in Slack. Hand it over again."))]
    await desk.send(b"x", "a.png", "image/png")
    assert await desk.problem() == "“a.png” was deleted in Slack. Hand it over again."


async def test_a_file_that_does_not_come_is_asked_for_again_and_not_for_ever(desk: Desk, tmp_path: Path) -> None:
    content = picture(tmp_path / "a.png", "PNG")
    desk.chat.before = [fails(FileLater("busy", 7)), fails(ConnectionResetError("no more"))]
    await desk.send(content, "a.png", "image/png")
    waits = "SELECT extract(epoch FROM next_at - now()) FROM handed WHERE workspace_id = %(workspace_id)s"
    assert 5 < float(str(await desk.team.value(waits))) <= 7
    await desk.work()
    assert len(desk.chat.asked) == 1  # not before its time
    for _ in range(2):
        await desk.due_now()
        await desk.work()
    assert (await desk.shown())["pictures"]
    desk.chat.before = [fails(FileLater("busy")) for _ in range(TRIES)]
    await desk.hand(HandedFile("a.png", "a.png", None, "image/png"))
    for _ in range(TRIES):
        await desk.due_now()
        await desk.work()
    assert "could not be fetched" in (await desk.wishes())[-1]["problem"]


async def press(desk: Desk, decision: Decision, brought: Brought | None = None) -> Outcome:
    async with desk.team.worker.transaction(desk.team.workspace_id) as tx:
        token = await cards.face_token(tx, desk.card, desk.post, 1, "other")
    click = Click(f"{decision}", "slack", "T1", "U2", token)
    return (await decide(click, decision, desk.deciding, brought or Brought())).outcome


@pytest.mark.parametrize(("decision", "state"), [(Decision.APPROVE, "approved"), (Decision.REJECT, "rejected")])
async def test_a_decision_made_meanwhile_wins_and_the_card_says_so(
    desk: Desk, tmp_path: Path, decision: Decision, state: str
) -> None:
    desk.chat.files["a"] = picture(tmp_path / "a.png", "PNG")
    desk.chat.gate = asyncio.Event()
    await desk.hand(HandedFile("a", "a.png", None, "image/png"))
    working = asyncio.create_task(desk.work())
    await desk.chat.reached.wait()
    assert await press(desk, decision) is Outcome.APPLIED
    desk.chat.gate.set()
    await working
    (wish,) = await desk.wishes()
    assert wish["outcome"] == "late" and "are not used" in wish["problem"]
    assert len(await desk.revisions()) == 1 and await desk.team.state(desk.post) == state


async def test_an_edit_made_meanwhile_is_not_overwritten(desk: Desk, tmp_path: Path) -> None:
    desk.chat.files["a"] = picture(tmp_path / "a.png", "PNG")
    await desk.hand(HandedFile("a", "a.png", None, "image/png"))
    assert await press(desk, Decision.EDIT, Brought(text="mine")) is Outcome.APPLIED
    await desk.work()
    assert [row["text"] for row in await desk.revisions()] == ["text", "mine"]
    assert (await desk.wishes())[0]["outcome"] == "late" and desk.chat.asked == []


class Killed(BaseException):
    """A worker that ends without another word."""


STEPS = ("lease", "fetch", "read", "store", "stands", "revise", "end")


@pytest.mark.parametrize("step", STEPS)
async def test_a_worker_killed_anywhere_leaves_one_revision_once_another_goes_on(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    desk.chat.files["a"] = picture(tmp_path / "a.png", "PNG")
    await desk.hand(HandedFile("a", "a.png", None, "image/png"))
    places = {
        "lease": (handed, "keep"), "fetch": (desk.chat, "fetch"), "read": ("pipeline.fetch_files._read", None),
        "store": (Media, "put_file"), "stands": (handed, "still_stands"), "revise": (handed, "revise"), "end": (handed, "end"),
    }  # fmt: skip
    holder: Any
    holder, name = places[step]

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if name is None:
            patch.setattr(holder, die)
        elif step == "lease":
            patch.setattr("pipeline.take_in._room", die)
        else:
            patch.setattr(holder, name, die)
        with pytest.raises(Killed):
            await desk.work()
    await desk.work("w2")
    assert len(await desk.revisions()) == 1  # the lease of the dead one still runs
    await desk.due_now()
    await desk.work("w2")
    await desk.shown()
    await desk.due_now()
    await take_in(desk.team.workspace_id, (await desk.wishes())[0]["id"], desk.taking)
    await desk.shown()
    assert list((tmp_path / "intake").iterdir()) == []


async def test_a_worker_that_lost_its_lease_records_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.chat.files["a"] = picture(tmp_path / "a.png", "PNG")
    desk.chat.gate = asyncio.Event()
    await desk.hand(HandedFile("a", "a.png", None, "image/png"))
    slow = asyncio.create_task(desk.work())
    await desk.chat.reached.wait()
    await desk.due_now()
    second = asyncio.create_task(desk.work("w2"))
    await asyncio.sleep(0)
    desk.chat.gate.set()
    await asyncio.gather(slow, second)
    await desk.shown()


async def test_no_more_are_worked_on_at_once_than_leave_a_worker_its_other_work(desk: Desk, tmp_path: Path) -> None:
    desk.chat.files["a"] = picture(tmp_path / "a.png", "PNG")
    await desk.hand(HandedFile("a", "a.png", None, "image/png"))
    async with desk.taking.turns, desk.taking.turns:
        await desk.work()
        assert desk.chat.asked == [] and (await desk.wishes())[0]["tries"] == 0
    await desk.work()
    await desk.shown()


async def test_after_too_many_broken_tries_people_are_told(desk: Desk, tmp_path: Path) -> None:
    desk.chat.files["a"] = picture(tmp_path / "a.png", "PNG")
    await desk.hand(HandedFile("a", "a.png", None, "image/png"))
    await desk.team.value("UPDATE handed SET tries = 5 WHERE workspace_id = %(workspace_id)s RETURNING 1")
    await desk.work()
    assert "broke off again and again" in await desk.problem() and desk.chat.asked == []


async def test_what_the_platform_would_refuse_stands_on_the_new_revision(desk: Desk, tmp_path: Path) -> None:
    desk.taking = replace(desk.taking, check=lambda platform, payload: [f"No {len(payload.pictures)} pictures."])
    await desk.send(picture(tmp_path / "a.png", "PNG"), "a.png", "image/png")
    assert (await desk.shown())["objections"] == ["No 1 pictures."]


async def test_a_post_on_hold_waits_for_an_answer_once_its_files_are_there(
    team: Team, web: Database, hint: Hints, media: Media, tmp_path: Path
) -> None:
    desk = await a_desk(team, web, hint, media, tmp_path, state="approved", platform=Platform.X)
    await team.value(
        "UPDATE posts SET event = 'hold', slot = now() - interval '1 hour' WHERE workspace_id = %(workspace_id)s RETURNING 1"
    )
    await desk.send(picture(tmp_path / "a.png", "PNG"), "a.png", "image/png")
    await desk.shown()
    assert await team.state(desk.post) == "in_review"
    assert await team.value("SELECT slot > now() FROM posts WHERE workspace_id = %(workspace_id)s") is True


async def said_of(desk: Desk) -> str | None:
    async with desk.team.worker.transaction(desk.team.workspace_id) as tx:
        row = await cards.post_card(tx, desk.post)
    assert row is not None
    return post_view(row).handed


async def test_the_card_says_that_files_are_prepared_that_they_came_too_late_or_what_is_wrong(
    desk: Desk, tmp_path: Path
) -> None:
    assert await said_of(desk) is None
    desk.chat.files |= {"a": picture(tmp_path / "a.png", "PNG"), "b": b"text"}
    await desk.hand(HandedFile("b", "b.png", None, "image/png"))
    said = await said_of(desk) or ""
    assert said.startswith("Bob handed over a file, which is being prepared. Approving now publishes the post as it")
    wanted = "SELECT wanted FROM cards WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
    before = int(str(await desk.team.value(wanted, id=desk.card)))
    await desk.work()
    assert "b.png” is no picture" in (await said_of(desk) or "")
    assert int(str(await desk.team.value(wanted, id=desk.card))) > before
    await desk.hand(HandedFile("a", "a.png", None, "image/png"))
    await press(desk, Decision.APPROVE)
    assert "are not used" in (await said_of(desk) or "")
    await desk.work()
    assert "are not used" in (await said_of(desk) or "")


async def test_several_pictures_are_counted_and_each_has_an_address(desk: Desk, tmp_path: Path) -> None:
    desk.chat.files |= {f"F{n}": picture(tmp_path / f"{n}.png", "PNG", (90 + n, 80)) for n in range(2)}
    await desk.hand(*(HandedFile(f"F{n}", "", None, "") for n in range(2)))
    await desk.work()
    async with desk.team.worker.transaction(desk.team.workspace_id) as tx:
        row = await cards.post_card(tx, desk.post)
    assert row is not None
    view = post_view(row, lambda digest, content_type: f"https://app.example/{digest}")
    assert (view.shows, len(set(view.show_links)), view.handed) == ("2 pictures", 2, None)
