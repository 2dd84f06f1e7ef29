"""Whatever stands in a body or a header, TikTok's twin answers in TikTok's words: never a 500, never a post."""

import copy
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.sandbox.tiktok.conftest import CALLBACK, MINE, POST, source

JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-5, 2**70) | some.floats(-1e9, 1e9) | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PHOTOS = {"source": "PULL_FROM_URL", "photo_images": ["https://a.example/1"], "photo_cover_index": 0}
PULLED = {"source": "PULL_FROM_URL", "video_url": "https://a.example/1"}
CONTENT = {"media_type": "PHOTO", "post_mode": "DIRECT_POST", "post_info": POST, "source_info": PHOTOS}
ROOMS: dict[str, dict[str, Any]] = {
    "post/publish/video/init/": {"post_info": {**POST, "video_cover_timestamp_ms": 0}, "source_info": PULLED},
    "post/publish/inbox/video/init/": source(),
    "post/publish/content/init/": CONTENT,
    "post/publish/status/fetch/": {"publish_id": "v_pub_file~v2-1.7"},
    "post/publish/cancel/": {"publish_id": "v_pub_file~v2-1.7"},
    "video/list/?fields=id": {"max_count": 2, "cursor": 5},
    "video/query/?fields=id": {"filters": {"video_ids": ["1"]}},
}
MINUTES = ("init", "status", "cancel")


def _holes(document: Any) -> list[tuple[Any, ...]]:
    """The path of every place in the document where something else could stand."""
    paths: list[tuple[Any, ...]] = [()]
    entries = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in entries:
        paths += [(key, *rest) for rest in _holes(value)]
    return paths


def _filled(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.copy(document)
    changed[path[0]] = _filled(document[path[0]], path[1:], value)
    return changed


@pytest.mark.parametrize("room", ROOMS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=some.data())
def test_odd_json_is_refused_and_never_breaks_the_twin(room, product, chance):
    for limit in MINUTES:
        product.world.state.delete("tiktok.minutes", f"{limit}:{MINE}")
    hole = chance.draw(some.sampled_from(_holes(ROOMS[room])))
    answer = product.call(room, _filled(ROOMS[room], hole, chance.draw(JSON)))
    assert answer.status_code < 500, (hole, answer.request.content, answer.text)
    assert product.effects() == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b'"text"', b"[]" * 100])
@pytest.mark.parametrize("room", ROOMS)
def test_a_body_that_is_no_json_object_is_refused(room, product, content):
    answer = product.http.post(f"/v2/{room}", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_json_must_say_that_it_is_json(product):
    answer = product.http.post("/v2/video/list/?fields=id", content=b"{}", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, "Content-Type" in answer.text) == (400, True)


@pytest.mark.parametrize("form", [{}, {"code": "x"}, {"grant_type": "refresh_token"}, {"redirect_uri": CALLBACK}])
def test_a_token_form_that_lacks_something_is_refused(product, form):
    assert "error" in product.token(**form).json()
    assert product.http.post("/v2/oauth/token/", data=form).json()["error"] == "invalid_request"
    assert product.http.post("/v2/oauth/revoke/", data={**product.client, **form}).json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "header", ["bytes 5-4/10", "bytes */10", "bytes -1-4/10", "bytes 0-99999999999999999999/3", "é"]
)
def test_an_odd_range_is_refused(product, header):
    url = product.started()["upload_url"]
    headers = {"Content-Range": header.encode(), "Content-Type": b"video/mp4"}
    assert httpx.put(url, content=b"12345", headers=headers).status_code == 400


def test_bytes_of_unknown_length_are_refused(product):
    url = product.started()["upload_url"]
    headers = {"Content-Range": "bytes 0-4/5", "Content-Type": "video/mp4"}
    assert httpx.put(url, content=iter([b"12345"]), headers=headers).status_code == 400
