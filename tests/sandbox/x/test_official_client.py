"""A witness from outside: X's own client works against the twin and needs no change but its base URL."""

import base64
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from xdk import Client
from xdk.media.models import (
    AppendUploadRequest,
    CreateMetadataRequest,
    InitializeUploadRequest,
    UploadRequest,
)
from xdk.posts.models import CreateRequest

from tests.sandbox.samples import mp4

CALLBACK = "http://127.0.0.1:4000/connect/x/callback"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
FILM, PIECE = mp4(1280, 720, size=700_000), 256 * 1024
ENCODED = base64.b64encode(PNG).decode()


@pytest.fixture
def client(sandbox, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # loopback has no TLS
    client = Client(
        base_url=f"{sandbox.base_url}/x",
        authorization_base_url=f"{sandbox.base_url}/x/i",
        client_id=sandbox.world.secrets.x_client_id,
        client_secret=sandbox.world.secrets.x_client_secret,
        redirect_uri=CALLBACK,
        scope="tweet.read tweet.write users.read media.write offline.access",
    )
    location = httpx.get(client.get_authorization_url(state="s") + "&_auto=1").headers["location"]
    client.exchange_code(parse_qs(urlsplit(location).query)["code"][0])
    yield client
    client.session.close()


def test_the_official_client_posts_reads_its_timeline_and_deletes(client, sandbox):
    me = client.users.get_me().data
    created = client.posts.create(CreateRequest(text="From X's own client: https://sunrise.example/"))
    page = next(iter(client.users.get_posts(me.id, max_results=5, post_fields=["entities", "public_metrics"])))
    assert [post.id for post in page.data] == [created.data.id]
    assert client.posts.delete(created.data.id).data.deleted is True
    effects = [entry["effect"] for entry in sandbox.world.ledger.entries("x")]
    assert effects == ["connect", "post", "delete"]


def test_the_official_client_uploads_in_pieces_and_in_one_call(client):
    announced = InitializeUploadRequest(media_type="image/png", media_category="tweet_image", total_bytes=len(PNG))
    media_id = client.media.initialize_upload(announced).data.id
    client.media.append_upload(media_id, AppendUploadRequest(media=ENCODED, segment_index=0))
    client.media.finalize_upload(media_id)
    alt = CreateMetadataRequest(id=media_id, metadata={"alt_text": {"text": "A very small picture"}})
    client.media.create_metadata(alt)
    other = client.media.upload(UploadRequest(media=ENCODED, media_category="tweet_image")).data.id
    body = CreateRequest(text="Two pictures", media={"media_ids": [media_id, other]})
    assert client.posts.create(body).data.text.startswith("Two pictures https://t.co/")


def test_the_official_client_uploads_a_film_in_chunks_and_waits_for_it(client, sandbox):
    httpx.post(f"{sandbox.base_url}/_sandbox/knobs", json={"x.media_processing": 30}).raise_for_status()
    announced = InitializeUploadRequest(media_type="video/mp4", media_category="tweet_video", total_bytes=len(FILM))
    media_id = client.media.initialize_upload(announced).data.id
    for index, start in enumerate(range(0, len(FILM), PIECE)):
        piece = base64.b64encode(FILM[start : start + PIECE]).decode()
        client.media.append_upload(media_id, AppendUploadRequest(media=piece, segment_index=index))
    closed = client.media.finalize_upload(media_id).data
    assert (closed.size, closed.processing_info.state) == (len(FILM), "pending")
    sandbox.world.advance(31)
    assert client.media.get_upload_status(media_id).data.processing_info.state == "succeeded"
    created = client.posts.create(CreateRequest(text="A film", media={"media_ids": [media_id]}))
    (shown,) = httpx.get(f"{sandbox.base_url}/_sandbox/feeds?platform=x").json()["posts"]
    assert (shown["id"], shown["media"][0]["type"]) == (created.data.id, "video/mp4")
    assert httpx.get(shown["media"][0]["url"]).content == FILM


def test_the_official_client_refreshes_its_token(client):
    before = client.token["refresh_token"]
    client.refresh_token()
    assert client.oauth2_auth.token["refresh_token"] != before
    assert client.users.get_me().data.username == "sunrise_app"


def test_the_official_client_is_refused_like_anybody(client):
    client.posts.create(CreateRequest(text="Twice"))
    with pytest.raises(requests.HTTPError, match="403"):
        client.posts.create(CreateRequest(text="Twice"))
