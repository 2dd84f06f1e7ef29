"""Whatever stands in a body or a parameter, YouTube's twin answers in Google's words: never a 500."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.sandbox.test_bad_input import JSON, _filled, _holes
from tests.sandbox.youtube.conftest import PUBLIC, SNIPPET

VIDEO = {
    "id": "x",
    "snippet": {**SNIPPET, "defaultLanguage": "en"},
    "status": {**PUBLIC, "publishAt": "2030-01-01T00:00:00Z", "embeddable": True},
    "localizations": {"de": {"title": "Ruhe"}},
    "recordingDetails": {"recordingDate": "2026-01-01T00:00:00Z", "location": {"latitude": 1}},
}
PARTS = "snippet,status,localizations,recordingDetails"
COMMENT = {"snippet": {"videoId": "x", "topLevelComment": {"snippet": {"textOriginal": "hello"}}}}
ROOMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "insert": ("POST", f"/upload/youtube/v3/videos?uploadType=resumable&part={PARTS}", VIDEO),
    "update": ("PUT", f"/youtube/v3/videos?part={PARTS}", VIDEO),
    "comment": ("POST", "/youtube/v3/commentThreads?part=snippet", COMMENT),
}


@pytest.mark.parametrize("room", ROOMS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=some.data())
def test_odd_json_is_refused_and_never_breaks_the_twin(room, product, chance):
    product.knob(youtube__daily_units=10**9, youtube__daily_uploads=10**9)
    method, path, body = ROOMS[room]
    video_id = next((entry["rid"] for entry in product.effects("insert")), None) or product.upload()
    body = {**body, "id": video_id} if "id" in body else {"snippet": {**body["snippet"], "videoId": video_id}}
    hole = chance.draw(some.sampled_from(_holes(body)))
    answer = product.http.request(method, path, json=_filled(body, hole, chance.draw(JSON)))
    assert answer.status_code < 500, (hole, answer.request.content, answer.text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    written=some.text(some.characters(codec="latin-1", exclude_categories=["C"]), max_size=30)
    | some.from_regex(r"bytes [0-9]{0,20}-[0-9]{0,20}/([0-9]{0,20}|\*)", fullmatch=True)
)
def test_odd_ranges_are_refused_and_never_break_the_twin(product, written):
    product.knob(youtube__daily_uploads=10**9)
    headers = {"Content-Range": written.encode("latin-1")}
    answer = product.http.put(product.session(1000), content=b"abc", headers=headers)
    assert answer.status_code in (308, 400, 503), answer.text


@pytest.mark.parametrize(
    "path", ["/youtube/v3/videos", "/youtube/v3/playlistItems", "/youtube/v3/channels", "/v2/reports"]
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=some.data())
def test_odd_parameters_are_refused_and_never_break_the_twin(path, product, chance):
    query = {"part": "snippet", "id": "x", "playlistId": "UUSunriseStudioSandbox01", "ids": "channel==MINE",
             "maxResults": "5", "pageToken": "0", "startDate": "2026-01-01", "endDate": "2026-01-31", "metrics": "views",
             "mine": "true", "filters": "video==x", "dimensions": "video", "sort": "views"}  # fmt: skip
    wanted = {
        "/youtube/v3/videos": ("part", "id", "maxResults"),
        "/youtube/v3/playlistItems": ("part", "playlistId", "maxResults", "pageToken"),
        "/youtube/v3/channels": ("part", "mine", "id"),
        "/v2/reports": ("ids", "startDate", "endDate", "metrics", "filters", "dimensions", "sort", "maxResults"),
    }[path]
    given_query = {name: query[name] for name in wanted}
    given_query[chance.draw(some.sampled_from(wanted))] = chance.draw(
        some.text(max_size=12) | some.just("٣") | some.just("-1")
    )
    assert product.http.get(path, params=given_query).status_code < 500
