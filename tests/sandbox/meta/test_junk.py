"""Whatever is sent to Meta's host, it answers in Meta's words: never a 500, never an effect by accident."""

from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.sandbox.meta.product import STUDIO

ODD = some.text(max_size=12) | some.sampled_from(
    [
        "[",
        "[]",
        "[[]]",
        "{}",
        '{"media_fbid": 1}',
        '["1"]',
        "null",
        "-1",
        "9" * 30,
        "٣",
        "true",
        "http://[",
        "\x00",
        "é",
    ]
)
CALLS = {
    "feed": ("POST", f"{STUDIO}/feed", ("message", "link", "attached_media", "published", "fields", "method")),
    "photos": ("POST", f"{STUDIO}/photos", ("url", "published", "temporary", "caption")),
    "videos": ("POST", f"{STUDIO}/videos", ("upload_phase", "file_size", "upload_session_id", "file_url")),
    "reels": ("POST", f"{STUDIO}/video_reels", ("upload_phase", "video_id", "video_state")),
    "post": ("POST", "{post}", ("message", "is_published", "is_hidden")),
    "comments": ("POST", "{post}/comments", ("message",)),
    "listing": ("GET", f"{STUDIO}/published_posts", ("fields", "limit", "after", "summary")),
    "insights": ("GET", "{post}/insights", ("metric", "period")),
    "page": ("GET", STUDIO, ("fields", "appsecret_proof")),
    "debug": ("GET", "debug_token", ("input_token", "access_token")),
    "token": ("GET", "oauth/access_token", ("grant_type", "client_id", "client_secret", "code", "fb_exchange_token")),
    "uploads": ("POST", "{app}/uploads", ("file_length", "file_type", "file_name")),
}
RELAXED = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("call", CALLS)
@RELAXED
@given(chance=some.data())
def test_odd_parameters_never_break_the_twin(call, product, chance):
    if not hasattr(product, "standing"):
        product.standing = product.post("Standing", published="false").json()["id"]
    method, path, names = CALLS[call]
    params = chance.draw(some.dictionaries(some.sampled_from(names), ODD))
    path = path.format(post=product.standing, app=product.client["client_id"])
    sent = {"params": params} if method == "GET" else {"data": params}
    answer = product.http.request(method, path, **sent)
    assert answer.status_code < 500, (path, params, answer.text)
    if answer.status_code >= 400:
        assert answer.json()["error"]["fbtrace_id"]


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/form-data; boundary=x", "a/b"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b"[]", b"--x\r\n\r\n", b'{"message": {"a": 1}}'])
def test_odd_bodies_are_refused_or_taken_as_text(product, kind, content):
    answer = product.http.post(f"/{STUDIO}/feed", content=content, headers={"Content-Type": kind})
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert product.effects()[0]["payload"]["text"] == '{"a":1}'


@RELAXED
@given(path=some.text(max_size=20), method=some.sampled_from(["GET", "POST", "DELETE"]))
def test_odd_paths_lead_nowhere(product, path, method):
    url = f"{product.http.base_url}{quote(path, safe='/')}"
    answer = product.http.request(method, url)
    assert answer.status_code < 500, url


@RELAXED
@given(
    headers=some.dictionaries(
        some.sampled_from(["offset", "file_size", "file_url"]), some.text("0123-[:/ahtp", max_size=9)
    )
)
def test_odd_headers_at_the_upload_host_take_nothing(product, headers):
    started = product.start_reel()
    sent = {"Authorization": f"OAuth {product.page_token}", **headers}
    answer = httpx.post(started["upload_url"], headers=sent, content=b"")
    assert answer.status_code < 500, (headers, answer.text)
    assert product.effects() == []
