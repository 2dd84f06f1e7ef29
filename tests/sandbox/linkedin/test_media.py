"""Pictures, documents and videos on LinkedIn: where their bytes go, and what comes of them."""

import struct

import httpx
import pytest

from sandbox.linkedin.processing import FAILURES
from tests.sandbox.samples import jpeg, mp4, pdf

FILM = mp4(1280, 720, size=250_000)


def _feed(product):
    return httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=linkedin").json()["posts"]


def _one(urn, **more):
    return {"media": {"id": urn, **more}}


def test_a_video_goes_up_in_exact_parts_and_is_put_together(product):
    product.knob("linkedin.part_bytes", 100_000)
    value, tags = product.parts(FILM)
    given = value["uploadInstructions"]
    ranges = [(one["firstByte"], one["lastByte"]) for one in given]
    assert ranges == [(0, 99_999), (100_000, 199_999), (200_000, 249_999)]
    assert len(set(tags)) == 3
    assert product.status(value["video"])["status"] == "WAITING_UPLOAD"
    assert product.finalize(value["video"], tags).status_code == 200
    urn = product.post("A film", content=_one(value["video"])).headers["x-restli-id"]
    assert urn.startswith("urn:li:ugcPost:")
    [shown] = _feed(product)
    assert shown["media"][0]["type"] == "video/mp4"
    assert httpx.get(shown["media"][0]["url"]).content == FILM


def test_a_part_that_comes_again_replaces_itself(product):
    product.knob("linkedin.part_bytes", 100_000)
    value, tags = product.parts(FILM)
    first = value["uploadInstructions"][0]
    again = httpx.put(first["uploadUrl"], content=FILM[:100_000])
    assert again.headers["etag"] == tags[0]
    other = httpx.put(first["uploadUrl"], content=bytes(100_000))
    assert other.headers["etag"] != tags[0]
    assert product.finalize(value["video"], tags).status_code == 400


@pytest.mark.parametrize("wrong", [lambda tags: tags[:-1], lambda tags: tags[::-1], lambda tags: [*tags, tags[0]]])
def test_a_video_is_finalized_with_every_part_in_order_or_not_at_all(product, wrong):
    product.knob("linkedin.part_bytes", 100_000)
    value, tags = product.parts(FILM)
    assert product.finalize(value["video"], wrong(tags)).status_code == 400
    assert product.finalize(value["video"], tags, token="another").status_code == 400
    assert product.finalize(value["video"], tags).status_code == 200


@pytest.mark.parametrize("size", [None, 0, -1, True, "80000", 500_000_001])
def test_a_video_says_its_size_beforehand(product, size):
    body = {"initializeUploadRequest": {"owner": product.organization, "fileSizeBytes": size}}
    answer = product.http.post("/rest/videos?action=initializeUpload", json=body)
    assert answer.status_code == (422 if size is None else 400)


def test_nobody_finalizes_somebody_elses_video(product, stranger):
    value, tags = product.parts(FILM)
    assert stranger.finalize(value["video"], tags).status_code == 403
    assert product.finalize("urn:li:video:nothing", tags).status_code == 404


def test_a_video_is_worked_on_before_it_can_be_attached(product):
    product.knob("linkedin.video_processing", 60)
    video = product.film(FILM)
    assert product.status(video)["status"] == "PROCESSING"
    assert product.post("Too early", content=_one(video)).status_code == 400
    product.world.advance(61)
    assert product.status(video)["status"] == "AVAILABLE"
    assert product.post("Now", content=_one(video)).status_code == 201


def test_a_member_may_ask_for_a_videos_state_though_not_for_a_documents(product):
    product.knob("linkedin.members_cannot_poll", 1)
    assert product.status(product.film(FILM, product.member))["status"] == "AVAILABLE"
    document = product.upload(product.member, pdf(), "document")
    assert product.http.get(product.at(document, "documents")).status_code == 403


def test_a_document_is_put_and_attached_with_its_title(product):
    product.knob("linkedin.document_processing", 5)
    document = product.upload(content=pdf(12), kind="document")
    assert document.startswith("urn:li:document:")
    assert product.post("Too early", content=_one(document, title="Menu")).status_code == 400
    product.world.advance(6)
    assert product.post("No title", content=_one(document)).status_code == 422
    assert product.post("The menu", content=_one(document, title="Menu")).status_code == 201
    [shown] = _feed(product)
    assert (shown["media"][0]["type"], shown["media"][0]["alt"]) == ("application/pdf", "Menu")


def _huge():
    """A PNG that says it has 40 megapixels."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 8000, 5000, 8, 2, 0, 0, 0)
        + bytes(4)
        + (struct.pack(">I4s", 0, b"IDAT") + bytes(4))
    )


def _many_frames():
    frame = b"\x2c" + bytes(9) + b"\x02\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0) + frame * 251 + b";"


USELESS = {
    ("image", "pixels"): _huge(),
    ("image", "frames"): _many_frames(),
    ("document", "no_document"): jpeg(),
    ("document", "pages"): pdf(301),
    ("video", "no_film"): jpeg(size=80_000),
    ("video", "short"): mp4(1280, 720, seconds=2.5, size=80_000),
    ("video", "long"): mp4(1280, 720, seconds=1_801, size=80_000),
    ("video", "small"): mp4(1280, 720),
    ("video", "ratio"): mp4(2500, 1000, size=80_000),
}


def test_every_failure_has_its_file():
    assert USELESS.keys() == {(kind, code) for kind, rows in FAILURES.items() for code in rows}


@pytest.mark.parametrize(("kind", "code"), USELESS)
def test_what_linkedin_cannot_use_fails_and_cannot_be_attached(kind, code, product):
    content = USELESS[kind, code]
    urn = product.film(content) if kind == "video" else product.upload(content=content, kind=kind)
    told = product.status(urn)
    assert (told["status"], told["processingFailureReason"]) == ("PROCESSING_FAILED", FAILURES[kind][code][0])
    assert product.post("All the same", content=_one(urn, title="It")).status_code == 400


@pytest.mark.parametrize("content", [b"PK\x03\x04 slides", b"\xd0\xcf\x11\xe0 text"])
def test_offices_files_are_taken_unread(product, content):
    assert product.status(product.upload(content=content, kind="document"))["status"] == "AVAILABLE"


def test_only_pictures_come_together(product):
    mixed = [{"id": product.upload()}, {"id": product.upload(content=pdf(), kind="document"), "altText": ""}]
    answer = product.post("Both", content={"multiImage": {"images": mixed}})
    assert answer.status_code in (400, 422)
    assert product.posts_accepted() == []


def test_what_a_medium_does_not_know_is_refused(product):
    assert product.post("x", content=_one(product.upload(), caption="A cup")).status_code == 422


def test_a_place_is_no_place_for_another_kind(product):
    assert product.http.get(product.at(product.upload(), "videos")).status_code == 404
