"""Uploads to X."""

import base64

import httpx

from sandbox.x.refusals import REFUSALS


def _png(product):
    return base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    )


def test_a_picture_is_uploaded_in_pieces_described_and_attached(product):
    content = _png(product)
    announced = {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": len(content)}
    media_id = product.http.post("/2/media/upload/initialize", json=announced).json()["data"]["id"]
    for index, part in enumerate((content[:30], content[30:])):
        body = {"segment_index": index, "media": base64.b64encode(part).decode()}
        assert product.http.post(f"/2/media/upload/{media_id}/append", json=body).status_code == 200
    assert product.post("Too early", media={"media_ids": [media_id]}).status_code == REFUSALS["bad_media"].http_status
    assert product.http.post(f"/2/media/upload/{media_id}/finalize").json()["data"]["size"] == len(content)
    alt = {"id": media_id, "metadata": {"alt_text": {"text": "A very small picture"}}}
    assert product.http.post("/2/media/metadata", json=alt).status_code == 200
    assert product.post("With a picture", media={"media_ids": [media_id]}).status_code == 201
    (shown,) = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=x").json()["posts"]
    assert shown["media"][0]["alt"] == "A very small picture"
    assert httpx.get(shown["media"][0]["url"]).content == content


def test_a_segment_sent_twice_counts_once(product):
    content = _png(product)
    announced = {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": len(content)}
    media_id = product.http.post("/2/media/upload/initialize", json=announced).json()["data"]["id"]
    body = {"segment_index": 0, "media": base64.b64encode(content).decode()}
    for _ in range(2):
        product.http.post(f"/2/media/upload/{media_id}/append", json=body).raise_for_status()
    assert product.http.post(f"/2/media/upload/{media_id}/finalize").status_code == 200


def test_a_small_picture_goes_up_in_one_call(product):
    files = {"media": ("a.png", _png(product), "image/png")}
    answer = product.http.post("/2/media/upload", data={"media_category": "tweet_image"}, files=files)
    media_id = answer.json()["data"]["id"]
    assert product.post("In one go", media={"media_ids": [media_id]}).status_code == 201


def test_a_gif_is_processed_before_it_can_be_attached(product):
    httpx.post(f"{product.sandbox.base_url}/_sandbox/knobs", json={"x.media_processing": 30}).raise_for_status()
    gif = product.upload(b"GIF89a" + bytes(20), "tweet_gif", "image/gif")
    status = {"command": "STATUS", "media_id": gif}
    assert (
        product.http.get("/2/media/upload", params=status).json()["data"]["processing_info"]["state"] == "in_progress"
    )
    assert product.post("Too early", media={"media_ids": [gif]}).status_code == 400
    product.world.advance(31)
    assert product.http.get("/2/media/upload", params=status).json()["data"]["processing_info"]["state"] == "succeeded"
    assert product.post("Now", media={"media_ids": [gif]}).status_code == 201


def test_an_upload_that_is_a_day_old_cannot_be_attached(product):
    media_id = product.upload()
    product.world.advance(86401)
    product.connect()
    assert product.post("Too late", media={"media_ids": [media_id]}).status_code == 400


def test_a_picture_adds_a_short_link_of_its_own_to_the_text(product):
    product.post("Look", media={"media_ids": [product.upload(), product.upload()]}).raise_for_status()
    (seen,) = product.timeline(**{"tweet.fields": "entities"})["data"]
    assert seen["text"].startswith("Look https://t.co/")
    assert [url["expanded_url"].endswith("/photo/1") for url in seen["entities"]["urls"]] == [True, True]
    assert {seen["text"][url["start"] : url["end"]] for url in seen["entities"]["urls"]} == {seen["text"][5:]}


def test_a_large_picture_in_json_arrives_whole(product):
    content = _png(product) + bytes(3 * 1024 * 1024)
    body = {"media": base64.b64encode(content).decode(), "media_category": "tweet_image"}
    assert product.http.post("/2/media/upload", json=body).json()["data"]["size"] == len(content)
