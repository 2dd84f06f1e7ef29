"""Bytes for Meta: whole, in pieces, after a break, by handle and from an address."""

import socket
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.meta.uploads import path_of
from tests.sandbox.meta.product import STUDIO
from tests.sandbox.samples import mp4

FILM = mp4(size=200_000)


def test_an_upload_goes_on_where_it_broke_off(product):
    started = product.start_reel()
    url, offset = urlsplit(started["upload_url"]), 0
    head = f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: OAuth {product.page_token}\r\n"
    head += f"offset: 0\r\nfile_size: {len(FILM)}\r\nContent-Length: {len(FILM)}\r\n\r\n"
    with socket.create_connection((url.hostname, url.port)) as line:
        line.sendall(head.encode() + FILM[:50_000])
    for _ in range(500):  # the twin notices the end of the line in its own time
        phase = product.read(started["video_id"], "status")["status"]["uploading_phase"]
        if offset := phase["bytes_transferred"]:
            break
    assert 0 < offset <= 50_000
    assert phase["status"] == "in_progress"
    product.upload(started["upload_url"], FILM, offset).raise_for_status()
    phase = product.read(started["video_id"], "status")["status"]["uploading_phase"]
    assert phase == {"status": "complete", "bytes_transferred": len(FILM), "source_file_size": len(FILM)}
    product.finish_reel(started["video_id"]).raise_for_status()
    shown = httpx.get(product.read(started["video_id"], "source")["source"])
    assert shown.content == FILM


def test_bytes_that_a_kill_left_uncounted_are_overwritten(product):
    started = product.start_reel()
    sent = {"Authorization": f"OAuth {product.page_token}", "file_size": str(len(FILM))}
    first = httpx.post(started["upload_url"], headers={**sent, "offset": "0"}, content=FILM[:1000])
    assert first.json()["success"] is True
    with path_of(product.world, started["video_id"]).open("ab") as file:
        file.write(b"written, never counted")
    product.upload(started["upload_url"], FILM, 1000).raise_for_status()
    product.finish_reel(started["video_id"]).raise_for_status()
    assert httpx.get(product.read(started["video_id"], "source")["source"]).content == FILM


def test_the_upload_host_tells_how_far_it_is(product):
    started = product.start_reel()
    answer = httpx.get(started["upload_url"], headers={"Authorization": f"OAuth {product.page_token}"})
    assert answer.json() == {"offset": 0}


def test_a_reel_is_fetched_from_an_address(product):
    source = product.read(product.reel(FILM), "source")["source"]
    started = product.start_reel()
    headers = {"Authorization": f"OAuth {product.page_token}", "file_url": source}
    assert httpx.post(started["upload_url"], headers=headers).json() == {"success": True}
    product.finish_reel(started["video_id"]).raise_for_status()
    assert httpx.get(product.read(started["video_id"], "source")["source"]).content == FILM


def test_a_redirect_is_not_followed(product):
    url = product.start_reel()["upload_url"]
    redirecting = product.authorize().request.url
    answer = product.upload(url, FILM, file_url=str(redirecting))
    assert answer.json()["debug_info"]["message"].endswith("302")


@pytest.mark.parametrize("url", ["https://example.com/film.mp4", "file:///etc/hosts", "http://[", "127.0.0.1"])
def test_nothing_is_fetched_from_outside_this_machine(product, url):
    answer = product.upload(product.start_reel()["upload_url"], FILM, file_url=url)
    assert answer.json()["debug_info"]["message"].endswith("on this machine only")


def test_an_upload_by_handle_is_resumed_and_becomes_a_video(product):
    query = {"file_name": "a.mp4", "file_length": len(FILM), "file_type": "video/mp4"}
    session = product.http.post(f"/{product.client['client_id']}/uploads", params=query).raise_for_status().json()["id"]
    oauth = {"Authorization": f"OAuth {product.page_token}"}
    first = product.http.post(f"/{session}", headers={**oauth, "file_offset": "0"}, content=FILM[:90_000])
    assert "h" not in first.json()
    assert product.http.get(f"/{session}", headers=oauth).json() == {"id": session, "file_offset": 90_000}
    handle = product.http.post(f"/{session}", headers={**oauth, "file_offset": "90000"}, content=FILM[90_000:]).json()
    form = {"fbuploader_video_file_chunk": handle["h"], "description": "By handle"}
    video = product.http.post(f"/{STUDIO}/videos", data=form).raise_for_status().json()["id"]
    assert product.read(video, "published,description") == {"published": True, "description": "By handle", "id": video}
    assert len(product.effects()) == 1


def test_a_fault_at_the_upload_takes_nothing_or_everything(product):
    started = product.start_reel()
    product.sandbox.fault("facebook.rupload", "reject_5xx")
    assert product.upload(started["upload_url"], FILM).status_code == 503
    assert product.read(started["video_id"], "status")["status"]["uploading_phase"]["bytes_transferred"] == 0
    product.sandbox.fault("facebook.rupload", "accept_then_500")
    assert product.upload(started["upload_url"], FILM).status_code == 500
    assert product.read(started["video_id"], "status")["status"]["uploading_phase"]["status"] == "complete"


def test_bytes_that_are_taken_late_are_taken_whole(product):
    started = product.start_reel()
    product.sandbox.fault("facebook.rupload", "accept_late", seconds=0)
    with pytest.raises(httpx.TransportError):
        product.upload(started["upload_url"], FILM)
    for _ in range(500):
        phase = product.read(started["video_id"], "status")["status"]["uploading_phase"]
        if phase["status"] == "complete":
            break
    assert phase["bytes_transferred"] == len(FILM)
