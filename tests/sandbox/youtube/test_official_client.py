"""A witness from outside: Google's own client works against the twin and needs no change but its root address."""

import json

import httplib2
import pytest
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaFileUpload, build_http

from tests.sandbox.samples import jpeg, mp4
from tests.sandbox.youtube.conftest import CHUNK, PRIVATE, PUBLIC, SNIPPET

FILM = mp4(size=4 * CHUNK + 123)


@pytest.fixture
def youtube(product):
    """The client of the discovery document that comes with it, its root pointed at the twin."""
    document = json.loads(get_static_doc("youtube", "v3"))
    document["rootUrl"] = f"{product.sandbox.base_url}/google/"
    credentials = Credentials(
        token=product.tokens["access_token"],
        refresh_token=product.tokens["refresh_token"],
        token_uri=f"{product.sandbox.base_url}/google/token",
        **product.client,
    )
    # A PUT that is cut late is sent again by httplib2 itself, from a stream that is at its end; it then waits in vain.
    http = build_http()
    http.timeout = 2
    with build_from_document(document, http=AuthorizedHttp(credentials, http=http)) as client:
        yield client


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "calm.mp4"
    path.write_bytes(FILM)
    return path


def _insert(youtube, film, **media):
    body = {"snippet": SNIPPET, "status": PRIVATE}
    upload = MediaFileUpload(str(film), mimetype="video/mp4", **media)
    return youtube.videos().insert(part="snippet,status", body=body, media_body=upload)


def test_the_official_client_uploads_in_chunks(youtube, film, product):
    request, progress, video = _insert(youtube, film, chunksize=CHUNK, resumable=True), [], None
    while video is None:
        status, video = request.next_chunk()
        progress += [status.resumable_progress] if status else []
    assert progress == [CHUNK * n for n in range(1, 5)]
    assert [entry["rid"] for entry in product.effects("insert")] == [video["id"]]


def test_the_official_client_is_interrupted_and_resumes_where_the_bytes_end(youtube, film, product):
    product.knob(youtube__cut_upload_at=CHUNK + 4321)
    request, broken, video = _insert(youtube, film, chunksize=CHUNK, resumable=True), 0, None
    while video is None:
        try:
            _, video = request.next_chunk()
        except (OSError, httplib2.ServerNotFoundError):
            broken += 1
    assert broken == 1
    assert product.world.state.get("youtube.videos", video["id"])["file"]["size"] == len(FILM)
    assert (product.sandbox.home / "youtube-media" / video["id"]).read_bytes() == FILM


def test_the_official_client_resumes_after_errors_of_the_server(youtube, film, product):
    product.sandbox.fault("youtube.upload", "accept_then_500")
    request, video, failed = _insert(youtube, film, chunksize=2 * CHUNK, resumable=True), None, 0
    while video is None:
        try:
            _, video = request.next_chunk()
        except HttpError as error:
            failed += 1
            assert error.resp.status == 500
    assert failed == 1
    assert len(product.effects("insert")) == 1


def test_the_official_client_uploads_in_one_call(youtube, film, product):
    video = _insert(youtube, film, resumable=False).execute()
    assert (product.sandbox.home / "youtube-media" / video["id"]).read_bytes() == FILM


def test_the_official_client_publishes_decorates_reads_and_deletes(youtube, film, tmp_path, product):
    video_id = _insert(youtube, film, chunksize=-1, resumable=True).execute()["id"]
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(jpeg())
    youtube.thumbnails().set(
        videoId=video_id, media_body=MediaFileUpload(str(picture), mimetype="image/jpeg")
    ).execute()
    youtube.videos().update(part="status", body={"id": video_id, "status": PUBLIC}).execute()
    words = {"videoId": video_id, "topLevelComment": {"snippet": {"textOriginal": "First"}}}
    youtube.commentThreads().insert(part="snippet", body={"snippet": words}).execute()
    asked = {"part": "snippet", "videoId": video_id, "textFormat": "plainText", "maxResults": 1}
    answer = youtube.commentThreads().list(**asked).execute()
    assert answer["items"][0]["snippet"]["topLevelComment"]["snippet"]["textOriginal"] == "First"
    assert youtube.commentThreads().list_next(youtube.commentThreads().list(**asked), answer) is None
    (channel,) = youtube.channels().list(part="contentDetails", mine=True).execute()["items"]
    playlist = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    (listed,) = youtube.playlistItems().list(part="contentDetails", playlistId=playlist).execute()["items"]
    (shown,) = youtube.videos().list(part="status,statistics,processingDetails", id=video_id).execute()["items"]
    assert listed["contentDetails"]["videoId"] == video_id
    assert shown["status"]["privacyStatus"] == "public"
    stats = youtube.videos().batchGetStats(part=["statistics"], id=[video_id]).execute()
    assert stats["items"][0]["id"] == video_id
    youtube.videos().delete(id=video_id).execute()
    effects = [entry["effect"] for entry in product.effects()]
    assert effects == ["connect", "insert", "thumbnail", "update", "visibility", "comment", "delete"]


def test_the_official_client_refreshes_its_token(youtube, product):
    product.world.advance(3600)
    assert youtube.channels().list(part="id", mine=True).execute()["items"][0]["id"].startswith("UC")
    assert product.effects("refresh")


def test_the_official_client_is_refused_like_anybody(youtube):
    with pytest.raises(HttpError) as caught:
        youtube.videos().delete(id="nothing").execute()
    assert caught.value.error_details[0]["reason"] == "videoNotFound"
