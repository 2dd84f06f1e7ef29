"""Every refusal of the tables of YouTube and Google fires, with its own status and words, and nothing is accepted by it."""

import httpx
import pytest

from sandbox.youtube.refusals import REFUSALS, TEXT
from tests.sandbox.samples import gif, jpeg, mp4
from tests.sandbox.youtube.conftest import CHUNK, PRIVATE, PUBLIC, ROOT, SNIPPET

FILM = mp4(size=2 * CHUNK + 10)
SIZE = len(FILM)
VISIBLE = ("insert", "visibility", "delete", "comment", "thumbnail")


def _snippet(**changes):
    return lambda product, stranger: product.start(10, snippet={**SNIPPET, **changes})


def _status(**changes):
    return lambda product, stranger: product.start(10, status={**PRIVATE, **changes})


def _trouble(number):
    def fire(product, stranger):
        product.knob(youtube__trouble=number)
        return product.start(10)

    return fire


def _get(path, **query):
    return lambda product, stranger: product.http.get(path, params=query)


def _bad_code(product, stranger):
    code = product.code()
    product.world.advance(601)
    return product.exchange(code)


def _invalid_grant(product, stranger):
    product.http.post("/revoke", params={"token": product.tokens["refresh_token"]}).raise_for_status()
    return product.refresh(product.tokens["refresh_token"])


def _login(product, stranger):
    return product.http.get("/youtube/v3/videos?part=id&id=x", headers={"Authorization": ""})


def _auth(product, stranger):
    product.world.advance(3600)
    return product.http.get("/youtube/v3/videos?part=id&id=x")


def _scope(product, stranger):
    return product.connect(scope=ROOT + "youtube.upload", _auto="moonrise.works").http.get(
        "/youtube/v3/channels", params={"part": "id", "mine": "true"}
    )


def _signup(product, stranger):
    return product.connect(_auto="mara.lindqvist").start(10)


def _units(product, stranger):
    product.knob(youtube__daily_units=49)
    return product.update("x", status=PUBLIC)


def _uploads_per_day(product, stranger):
    product.knob(youtube__daily_uploads=2)
    assert [product.start(10).status_code, stranger.start(10).status_code] == [200, 200], "one day for all channels"
    return product.start(10)


def _batches(product, stranger):
    product.knob(youtube__daily_batches=0)
    return product.http.get("/youtube/v3/videos:batchGetStats?part=statistics&id=x")


def _forbidden(product, stranger):
    return product.http.delete("/youtube/v3/videos", params={"id": stranger.upload(status=PUBLIC)})


def _not_found(product, stranger):
    video_id = product.upload()
    product.http.delete("/youtube/v3/videos", params={"id": video_id}).raise_for_status()
    return product.http.delete("/youtube/v3/videos", params={"id": video_id})


def _channel_cap(product, stranger):
    product.knob(youtube__channel_uploads=1)
    product.upload()
    return product.start(10)


def _locked(product, stranger):
    product.knob(youtube__unaudited=1)
    video_id = product.upload(status=PUBLIC)
    product.knob(youtube__unaudited=0)
    return product.update(video_id, status=PUBLIC)


def _filename(product, stranger):
    query = {"uploadType": "resumable", "part": "snippet"}
    body = {"snippet": SNIPPET}
    return product.http.post("/upload/youtube/v3/videos", params=query, headers={"Slug": "../a.mp4"}, json=body)


def _bad_content(product, stranger):
    query = {"uploadType": "resumable", "part": "snippet"}
    headers = {"X-Upload-Content-Type": "image/png"}
    return product.http.post("/upload/youtube/v3/videos", params=query, headers=headers, json={"snippet": SNIPPET})


def _range(first, length, total=SIZE, written=None):
    def fire(product, stranger):
        session = product.session(SIZE)
        header = written or f"bytes {first}-{first + length - 1}/{total}"
        return product.http.put(session, content=FILM[:length], headers={"Content-Range": header})

    return fire


def _session_gone(product, stranger):
    return stranger.put(product.session(len(FILM)), FILM)


def _many_thumbnails(product, stranger):
    product.knob(youtube__channel_thumbnails=1)
    video_id = product.upload()
    product.thumbnail(video_id, jpeg()).raise_for_status()
    return product.thumbnail(video_id, jpeg())


def _no_rights(product, stranger):
    video_id = product.upload()
    product.knob(youtube__unverified=1)
    return product.thumbnail(video_id, jpeg())


def _no_comments(product, stranger):
    video_id = product.upload(status={**PUBLIC, "selfDeclaredMadeForKids": True})
    return product.comment(video_id, "first")


def _thread(product, stranger):
    return product.comment(product.upload(status=PUBLIC), "a" * 10_001)


def _report(**changes):
    query = {"ids": "channel==MINE", "startDate": "2026-01-01", "endDate": "2026-01-31", "metrics": "views"}
    return lambda product, stranger: product.http.get("/v2/reports", params={**query, **changes})


def _without_media(product, stranger):
    return product.http.post("/youtube/v3/videos", params={"part": "snippet"}, json={"snippet": SNIPPET})


FIRE = {
    "invalid_client": lambda product, stranger: product.exchange(product.code(), client_secret="guessed"),
    "unsupported_grant_type": lambda product, stranger: product.exchange("c", grant_type="password"),
    "bad_code": _bad_code,
    "redirect_uri_mismatch": lambda product, stranger: product.exchange(
        product.code(), redirect_uri="http://127.0.0.1/"
    ),
    "bad_verifier": lambda product, stranger: product.exchange(
        product.code(code_challenge="abc", code_challenge_method="S256"), code_verifier="abc"
    ),
    "invalid_grant": _invalid_grant,
    "invalid_token": lambda product, stranger: product.http.post("/revoke", data={"token": "nothing"}),
    "authorizationRequired": _login,
    "authError": _auth,
    "insufficientPermissions": _scope,
    "youtubeSignupRequired": _signup,
    "authenticatedUserAccountClosed": _trouble(1),
    "authenticatedUserAccountSuspended": _trouble(2),
    "quotaExceeded": _units,
    "dailyLimitExceeded": _trouble(3),
    "uploads_per_day": _uploads_per_day,
    "batch_per_day": _batches,
    "rateLimitExceeded": _trouble(4),
    "userRateLimitExceeded": _trouble(5),
    "internalError": _trouble(6),
    "backendError": _trouble(7),
    "parseError": lambda product, stranger: product.http.put("/youtube/v3/videos?part=status", content=b"[1]"),
    "unknown_field": _status(privacy="public"),
    "invalid_value": _status(privacyStatus="secret"),
    "missingRequiredParameter": _get("/youtube/v3/videos", part="id"),
    "unknownPart": _get("/youtube/v3/videos", part="everything", id="x"),
    "unexpectedPart": lambda product, stranger: product.start(10, parts="snippet,fileDetails"),
    "invalidParameter": _get("/youtube/v3/playlistItems", part="id", playlistId="x", maxResults="51"),
    "unknown_parameter": _get("/youtube/v3/channels", part="id", mine="true", limit="4"),
    "forbidden": _forbidden,
    "videoNotFound": _not_found,
    "playlistNotFound": _get("/youtube/v3/playlistItems", part="id", playlistId="UUnobody"),
    "invalidTitle": _snippet(title="a" * 101),
    "invalidDescription": _snippet(description="é" * 2501),
    "invalidTags": _snippet(tags=["a b" * 20] * 8),
    "invalidCategoryId": _snippet(categoryId="21"),
    "invalidPublishAt": _status(privacyStatus="public", publishAt="2030-01-01T00:00:00Z"),
    "invalidVideoMetadata": lambda product, stranger: product.update(
        product.upload(), "snippet", snippet={"title": "No category"}
    ),
    "defaultLanguageNotSet": lambda product, stranger: product.start(
        10, parts="snippet,localizations", localizations={"de": {"title": "Ruhe"}}
    ),
    "invalidRecordingDetails": lambda product, stranger: product.start(
        10, parts="snippet,recordingDetails", recordingDetails={"recordingDate": "yesterday"}
    ),
    "invalidFilename": _filename,
    "mediaBodyRequired": _without_media,
    "uploadLimitExceeded": _channel_cap,
    "forbiddenPrivacySetting": _locked,
    "forbiddenLicenseSetting": _status(license="mine"),
    "badContent": _bad_content,
    "bad_upload_type": lambda product, stranger: product.http.post("/upload/youtube/v3/videos?part=id", json={}),
    "uploadTooLarge": lambda product, stranger: product.start(256 * 1024**3 + 1),
    "session_gone": _session_gone,
    "bad_range": _range(0, CHUNK, written="bytes=0-5"),
    "range_mismatch": _range(0, CHUNK, written=f"bytes 0-{CHUNK}/{SIZE}"),
    "bad_chunk": _range(0, CHUNK - 1),
    "size_mismatch": _range(0, CHUNK, total=SIZE + 1),
    "gap": _range(CHUNK, CHUNK),
    "invalidImage": lambda product, stranger: product.thumbnail(product.upload(), gif()),
    "thumbnail_body": lambda product, stranger: product.thumbnail(product.upload(), b""),
    "thumbnail_rights": _no_rights,
    "uploadRateLimitExceeded": _many_thumbnails,
    "commentTextRequired": lambda product, stranger: product.comment(product.upload(status=PUBLIC), " "),
    "commentTextTooLong": _thread,
    "commentsDisabled": _no_comments,
    "bad_query": _report(metrics="claps"),
}


def test_every_row_has_its_trigger():
    assert FIRE.keys() == REFUSALS.keys()


@pytest.mark.parametrize("code", REFUSALS)
def test_the_refusal_fires_in_googles_own_words(code, product, stranger):
    row, effects = REFUSALS[code], []
    request = product.http.send

    def watched(*given, **named):
        effects[:] = product.effects(*VISIBLE)
        return request(*given, **named)

    product.http.send = watched
    answer = FIRE[code](product, stranger)
    assert answer.status_code == row.http_status, answer.text
    assert product.effects(*VISIBLE) == effects, "a refused call has no effect"
    assert "{" not in answer.text.replace('{"', "").replace("[{", ""), "a placeholder was left open"
    if TEXT in row.body:
        assert answer.headers["content-type"].startswith("text/plain")
        return
    body = answer.json()
    assert body.keys() == row.body.keys()
    if "error_description" in row.body:
        assert body["error"] == row.body["error"]
        return
    reason = row.body["error"]["errors"][0]["reason"]
    assert (body["error"]["code"], body["error"]["errors"][0]["reason"]) == (row.http_status, reason)


@pytest.mark.parametrize(
    ("snippet", "status"),
    [
        ({"title": "a" * 100}, 200),
        ({"title": "漢" * 100}, 200),
        ({"title": "a > b"}, 400),
        ({"title": ""}, 400),
        ({"description": "é" * 2500}, 200),
        ({"description": "漢" * 1667}, 400),
        ({"description": "<b>"}, 400),
        ({"tags": ["a" * 500]}, 200),
        ({"tags": ["a" * 250, "b" * 250]}, 400),
        ({"tags": ["a" * 249, "b" * 250]}, 200),
        ({"tags": ["a" * 249, "b " + "b" * 248]}, 400),
    ],
)
def test_the_limits_of_the_words_stand_where_youtube_says(product, snippet, status):
    assert product.start(10, snippet={**SNIPPET, **snippet}).status_code == status


def test_a_refused_call_costs_one_unit_and_the_day_begins_anew_in_california(product):
    product.knob(youtube__daily_units=100)
    assert [product.update("nobody", status=PUBLIC).status_code for _ in range(52)] == [404] * 51 + [403]
    product.world.advance(86400)
    product.connect()
    assert product.update("nobody", status=PUBLIC).status_code == 404


def test_uploads_have_a_bucket_of_their_own(product):
    product.knob(youtube__daily_units=0)
    assert product.start(10).status_code == 200


def test_the_error_of_a_day_without_uploads_says_which_limit_it_is(product):
    product.knob(youtube__daily_uploads=0)
    error = product.start(10).json()["error"]
    assert "Video Uploads per day" in error["message"]
    assert error["errors"][0]["reason"] == "rateLimitExceeded"


def test_a_throttled_call_names_its_patience(product):
    product.sandbox.fault("youtube.videos", "429", retry_after=7)
    answer = product.http.get("/youtube/v3/videos?part=id&id=x")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_odd_bodies_never_break_the_twin(product):
    bodies = [
        {"snippet": []}, {"snippet": {"tags": "a"}}, {"status": 7}, {"localizations": {"de": 1}}, {"id": 5}, {"x": {}},
        {"snippet": {"title": None, "tags": None}}, {"status": {"publishAt": "9999-99-99"}},
        {"recordingDetails": {"recordingDate": 1}}, {"snippet": {"title": {"a": 1}}},
    ]  # fmt: skip
    video_id, parts = product.upload(), "snippet,status,localizations,recordingDetails"
    for body in bodies:
        assert product.start(10, parts=parts, **body).status_code in (200, 400)
        assert product.update(video_id, parts, **body).status_code in (200, 400) if "id" not in body else True
    for path in ("/youtube/v3/commentThreads?part=snippet",):
        for body in ({"snippet": 1}, {"snippet": {"topLevelComment": []}}, {"snippet": {"videoId": 5}}):
            assert product.http.post(path, json=body).status_code == 400


def test_a_strange_host_is_turned_away(product):
    assert (
        httpx.get(f"{product.sandbox.base_url}/google/watch?v=x", headers={"Host": "evil.example"}).status_code == 403
    )
