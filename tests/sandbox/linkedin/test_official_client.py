"""A witness from outside: LinkedIn's own client works against the twin and needs no change but its addresses."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from linkedin_api.clients.auth.client import AuthClient
from linkedin_api.clients.auth.utils import oauth
from linkedin_api.clients.restli.client import RestliClient
from linkedin_api.common import constants

from sandbox.settings import LINKEDIN_VERSION
from tests.sandbox.linkedin.conftest import CALLBACK, PNG, SCOPES
from tests.sandbox.samples import mp4, pdf

PAGE = "urn:li:organization:10420001"
FILM = mp4(1280, 720, size=250_000)


class Client:
    """LinkedIn's client with a token and a version; every call as its own documentation has it."""

    def __init__(self, token):
        self.restli = RestliClient()
        self.given = {"access_token": token, "version_string": LINKEDIN_VERSION}

    def post(self, commentary, **content):
        entity = {
            "author": PAGE,
            "commentary": commentary,
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleState": "PUBLISHED",
            **content,
        }
        return self.restli.create(resource_path="/posts", entity=entity, **self.given)

    def listed(self):
        asked = {"author": PAGE, "count": 10, "sortBy": "LAST_MODIFIED"}
        answer = self.restli.finder(resource_path="/posts", finder_name="author", query_params=asked, **self.given)
        return [one["id"] for one in answer.elements]

    def act(self, kind, action, **params):
        wish = {f"{action}Request": params}
        return self.restli.action(resource_path=f"/{kind}s", action_name=action, action_params=wish, **self.given)

    def state(self, urn):
        path = f"/{urn.split(':')[2]}s/{{id}}"
        return self.restli.get(resource_path=path, path_keys={"id": urn}, **self.given).entity["status"]


@pytest.fixture
def client(sandbox, monkeypatch):
    base, known = f"{sandbox.base_url}/linkedin", sandbox.world.secrets
    monkeypatch.setattr(constants, "VERSIONED_BASE_URL", f"{base}/rest")
    monkeypatch.setattr(constants, "NON_VERSIONED_BASE_URL", f"{base}/v2")
    monkeypatch.setattr(constants, "OAUTH_BASE_URL", f"{base}/oauth/v2")
    monkeypatch.setattr(oauth, "OAUTH_BASE_URL", f"{base}/oauth/v2")
    auth = AuthClient(known.linkedin_client_id, known.linkedin_client_secret, CALLBACK)
    url = auth.generate_member_auth_url(scopes=SCOPES.split(), state="s")
    location = httpx.get(url + "&_auto=1").headers["location"]
    token = auth.exchange_auth_code_for_access_token(parse_qs(urlsplit(location).query)["code"][0]).access_token
    connected = Client(token)
    yield connected
    connected.restli.session.close()
    auth.session.close()


def test_the_official_client_knows_itself_creates_lists_and_deletes(client, sandbox):
    me = client.restli.get(resource_path="/userinfo", access_token=client.given["access_token"])
    assert me.entity["sub"] == "Mara782Lq"
    first, second = (client.post(f"Number {number}").entity_id for number in (1, 2))
    assert client.listed() == [second, first]
    gone = client.restli.delete(resource_path="/posts/{id}", path_keys={"id": first}, **client.given)
    assert gone.status_code == 204
    assert client.listed() == [second]
    assert [one["effect"] for one in sandbox.world.ledger.entries("linkedin")] == ["connect", "post", "post", "delete"]


def test_the_official_client_comments_and_lists_comments(client):
    post = client.post("A post").entity_id
    path, keys = "/socialActions/{id}/comments", {"id": post}
    words = {"actor": PAGE, "object": post, "message": {"text": "First"}}
    made = client.restli.create(resource_path=path, path_keys=keys, entity=words, **client.given)
    assert made.status_code == 201
    listed = client.restli.get_all(resource_path=path, path_keys=keys, **client.given)
    assert [(one["id"], one["message"]["text"]) for one in listed.elements] == [(made.entity_id, "First")]


def test_the_official_client_posts_a_film_in_parts(client, sandbox):
    httpx.post(f"{sandbox.base_url}/_sandbox/knobs", json={"linkedin.part_bytes": 100_000}).raise_for_status()
    sizes = {"fileSizeBytes": len(FILM), "uploadCaptions": False, "uploadThumbnail": False}
    value = client.act("video", "initializeUpload", owner=PAGE, **sizes).value
    tags = []
    for one in value["uploadInstructions"]:
        part = FILM[one["firstByte"] : one["lastByte"] + 1]
        headers = {"Content-Type": "application/octet-stream"}
        tags.append(requests.put(one["uploadUrl"], data=part, headers=headers, timeout=5).headers["ETag"])
    assert client.state(value["video"]) == "WAITING_UPLOAD"
    closing = {"video": value["video"], "uploadToken": value["uploadToken"], "uploadedPartIds": tags}
    assert client.act("video", "finalizeUpload", **closing).status_code == 200
    assert client.state(value["video"]) == "AVAILABLE"
    post = client.post("A film", content={"media": {"id": value["video"], "title": "Calm"}})
    assert client.listed() == [post.entity_id]


@pytest.mark.parametrize(("kind", "content"), [("image", None), ("document", pdf(3))])
def test_the_official_client_posts_a_picture_or_a_document(client, kind, content):
    value = client.act(kind, "initializeUpload", owner=PAGE).value
    requests.put(value["uploadUrl"], data=content or PNG, timeout=5).raise_for_status()
    assert client.state(value[kind]) == "AVAILABLE"
    assert client.post("With it", content={"media": {"id": value[kind], "title": "It"}}).status_code == 201


def test_the_official_client_is_refused_like_anybody(client):
    client.post("Twice")
    again = client.post("Twice")
    assert again.status_code == 422
    assert again.response.json()["code"] == "DUPLICATE_POST"
