"""Every refusal in Facebook's own table fires, and nothing is accepted by it."""

import json
from contextlib import nullcontext

import httpx
import pytest

from sandbox.facebook.refusals import REFUSALS
from tests.sandbox.meta.product import STUDIO
from tests.sandbox.samples import jpeg, mp4, picture


def _media(*photos):
    return json.dumps([{"media_fbid": photo} for photo in photos])


def _duplicate(product):
    product.post("The same words").raise_for_status()
    return product.post("The same words")


def _already_posted(product):
    photo = product.photo(jpeg()).json()["id"]
    return product.post("Again", attached_media=_media(photo))


def _bad_media(product):
    photo = product.photo(jpeg(), published="false", temporary="true").json()["id"]
    product.world.advance(86401)
    return product.post("Too late", attached_media=_media(photo))


def _no_way_back(product):
    return product.http.post(f"/{product.post('Out').json()['id']}", data={"is_published": "false"})


def _nothing_to_change(product):
    return product.http.post(f"/{product.post('Out', published='false').json()['id']}", data={"colour": "red"})


def _comment(product):
    quiet = product.post("Quiet", published="false").json()["id"]
    return product.http.post(f"/{quiet}/comments", data={"message": "First"})


def _videos(product, **form):
    return product.http.post(f"/{STUDIO}/videos", data=form)


def _bad_video(product):
    return product.http.post(f"/{STUDIO}/videos", files={"source": ("a.mp4", b"no film")})


def _session(product):
    return _videos(product, upload_phase="start", file_size=100).json()["upload_session_id"]


def _bad_offset(product):
    form = {"upload_phase": "transfer", "upload_session_id": _session(product), "start_offset": 7}
    return product.http.post(f"/{STUDIO}/videos", data=form, files={"video_file_chunk": b"bytes"})


def _already_finished(product):
    return product.finish_reel(product.reel(mp4()))


def _reel_limit(product):
    for _ in range(30):
        product.reel(mp4())
    started = product.start_reel()
    product.upload(started["upload_url"], mp4()).raise_for_status()
    return product.finish_reel(started["video_id"])


def _insights(**query):
    return lambda product: product.http.get(f"/{product.post('Count').json()['id']}/insights", params=query)


FIRE = {
    "empty": lambda product: product.post(" "),
    "too_long": lambda product: product.post("a" * 63207),
    "bad_link": lambda product: product.post("Look", link="sunrise.example"),
    "duplicate": _duplicate,
    "bad_media": _bad_media,
    "already_posted": _already_posted,
    "no_schedule": lambda product: product.post("Later", published="false", scheduled_publish_time="1900000000"),
    "no_way_back": _no_way_back,
    "nothing_to_change": _nothing_to_change,
    "comment_on_unpublished": _comment,
    "no_photo": lambda product: product.http.post(f"/{STUDIO}/photos", data={"caption": "Where is it?"}),
    "bad_photo": lambda product: product.photo(b"no picture"),
    "wrong_photo": lambda product: product.photo(picture(sort="WEBP")),
    "no_video": lambda product: _videos(product, description="Where is it?"),
    "bad_video": _bad_video,
    "video_pull": lambda product: _videos(product, file_url="http://127.0.0.1:9/a.mp4"),
    "bad_session": lambda product: _videos(product, upload_phase="finish", upload_session_id="1"),
    "bad_offset": _bad_offset,
    "unfinished": lambda product: _videos(product, upload_phase="finish", upload_session_id=_session(product)),
    "already_finished": _already_finished,
    "reel_limit": _reel_limit,
    "no_metric": _insights(),
    "bad_metric": _insights(metric="post_media_view,post_impressions"),
    "bad_period": _insights(metric="post_media_view", period="day"),
}
PUBLISHED_BEFORE = {
    "duplicate": 1, "already_posted": 1, "no_way_back": 1, "already_finished": 1, "reel_limit": 30,
    "no_metric": 1, "bad_metric": 1, "bad_period": 1,
}  # fmt: skip


def test_every_row_has_its_trigger():
    assert FIRE.keys() == REFUSALS.keys()


@pytest.mark.parametrize("code", REFUSALS)
def test_the_refusal_fires_in_facebooks_envelope(code, product):
    row = REFUSALS[code]
    answer = FIRE[code](product)
    assert answer.status_code == row.http_status, answer.text
    given, wanted = answer.json()["error"], row.body["error"]
    assert given.keys() == wanted.keys()
    for name, value in wanted.items():
        if "{" not in str(value):
            assert given[name] == value
    assert "{" not in given["message"], "a placeholder was left open"
    assert len(product.effects()) == PUBLISHED_BEFORE.get(code, 0)


@pytest.mark.parametrize("content", [jpeg(size=10 * 1024**2 + 1), b"GIF89a", b"RIFF0000WEBPVP8 "])
def test_a_photo_is_judged_by_its_bytes(product, content):
    assert product.photo(content).status_code == 400
    assert product.effects() == []


def test_removed_metrics_fail_the_whole_call(product):
    post_id = product.post("Count").json()["id"]
    for metric in ("post_impressions", "post_impressions_unique", "post_engaged_users"):
        answer = product.http.get(f"/{post_id}/insights", params={"metric": f"post_clicks,{metric}"})
        assert answer.json()["error"]["code"] == 100


@pytest.mark.parametrize("target", ["facebook.feed", "facebook.photos", "facebook.videos", "facebook.comments"])
@pytest.mark.parametrize("kind", ["reject_5xx", "429", "close"])
def test_a_call_that_was_turned_away_left_nothing(product, target, kind):
    post_id = product.post("Standing").json()["id"]
    product.sandbox.fault(target, kind)
    calls = {
        "facebook.feed": lambda: product.post("hello"),
        "facebook.photos": lambda: product.photo(jpeg()),
        "facebook.videos": lambda: product.http.post(f"/{STUDIO}/videos", files={"source": ("a.mp4", mp4())}),
        "facebook.comments": lambda: product.http.post(f"/{post_id}/comments", data={"message": "First"}),
    }
    with pytest.raises(httpx.TransportError) if kind == "close" else nullcontext():
        assert calls[target]().status_code >= 400
    assert [len(product.effects(name)) for name in ("post", "comment")] == [1, 0]
