"""Every refusal in Instagram's own table fires, with its pair of codes, and nothing is published by it."""

import pytest

from sandbox.instagram.refusals import ENDINGS, REFUSALS, TROUBLE
from tests.sandbox.instagram.product import ACCOUNT
from tests.sandbox.samples import jpeg, mp4, png


def _moved(product):
    product.shelf.moved["/moved.jpg"] = product.shelf.put("real.jpg", jpeg())
    return product.container(image_url=f"{product.shelf.base}/moved.jpg")


def _trouble(subcode, call):
    def fire(product):
        media = product.post_image() if call == "delete" else ""
        container = "" if call == "create" else product.image().json()["id"]
        product.knob("instagram.trouble", subcode)
        return {
            "create": product.image,
            "publish": lambda: product.publish(container),
            "delete": lambda: product.http.delete(f"/{media}"),
        }[call]()

    return fire


def _carousel(product):
    return product.container(media_type="CAROUSEL", children=[product.image(is_carousel_item=True).json()["id"]])


def _published_already(product):
    container = product.image().json()["id"]
    product.published(container)
    return product.publish(container)


def _expired(product):
    container = product.image().json()["id"]
    product.world.advance(86401)
    assert product.status(container)["status_code"] == "EXPIRED"
    return product.publish(container)


def _not_ready(product):
    product.knob("instagram.processing", 60)
    return product.publish(product.film().json()["id"])


def _publish_cap(product):
    product.knob("instagram.daily_posts", 1)
    product.post_image()
    return product.publish(product.image().json()["id"])


def _comments_off(product):
    media = product.post_image()
    product.http.post(f"/{media}", data={"comment_enabled": "false"}).raise_for_status()
    return product.http.post(f"/{media}/comments", data={"message": "Hello"})


def _comment(message):
    return lambda product: product.http.post(f"/{product.post_image()}/comments", data={"message": message})


def _insights(**query):
    return lambda product: product.http.get(f"/{product.post_image()}/insights", params=query)


def _child_insights(product):
    children = [product.image(is_carousel_item=True).json()["id"] for _ in range(2)]
    media = product.published(product.made(media_type="CAROUSEL", children=children))
    child = product.read(media, "children")["children"]["data"][0]["id"]
    return product.http.get(f"/{child}/insights?metric=views")


FIRE = {
    "not_fetchable": lambda product: product.container(image_url="http://127.0.0.1:9/a.jpg"),
    "fetch_timeout": _trouble(2207003, "create"),
    "too_large": lambda product: product.image(jpeg(size=8 * 1024**2 + 1)),
    "not_jpeg": lambda product: product.image(png()),
    "bad_ratio": lambda product: product.image(jpeg(1080, 1920)),
    "bad_media_type": lambda product: product.film(media_type="VIDEO"),
    "caption_too_long": lambda product: product.image(caption="a" * 2201),
    "too_many_mentions": lambda product: product.image(caption=" ".join(f"@name{one}" for one in range(21))),
    "carousel_count": _carousel,
    "no_trial": lambda product: product.film(trial_params='{"graduation_strategy":"MANUAL"}'),
    "no_builder": lambda product: product.publish("17890000009999999"),
    "published_already": _published_already,
    "expired": _expired,
    "not_ready": _not_ready,
    "publish_cap": _publish_cap,
    "server_error": _trouble(2207001, "create"),
    "create_failed": _trouble(2207032, "create"),
    "spam": _trouble(2207051, "publish"),
    "restricted": _trouble(2207050, "publish"),
    "no_media_found": _trouble(2207006, "publish"),
    "delete_failed": _trouble(2207085, "delete"),
    "bad_comment": _comment("a" * 301),
    "comments_off": _comments_off,
    "removed_metric": _insights(metric="views,impressions"),
    "bad_metric": _insights(metric="views,replies"),
    "no_metric": _insights(),
    "child_insights": _child_insights,
    "uneditable": lambda product: product.http.post(f"/{product.post_image()}", data={"caption": "Better"}),
}
PUBLISHED_BEFORE = {
    "published_already", "publish_cap", "delete_failed", "bad_comment", "comments_off", "removed_metric", "bad_metric",
    "no_metric", "child_insights", "uneditable",
}  # fmt: skip


def test_every_row_has_its_trigger():
    assert FIRE.keys() == REFUSALS.keys()


@pytest.mark.parametrize("code", REFUSALS)
def test_the_refusal_fires_in_instagrams_envelope(code, product):
    row = REFUSALS[code]
    answer = FIRE[code](product)
    assert answer.status_code == row.http_status, answer.text
    given, wanted = answer.json()["error"], row.body["error"]
    assert given.keys() == wanted.keys()
    for name, value in wanted.items():
        if "{" not in str(value):
            assert given[name] == value
    assert "{" not in given["message"] + given.get("error_user_msg", ""), "a placeholder was left open"
    assert len(product.effects()) == (1 if code in PUBLISHED_BEFORE else 0)
    assert product.effects("delete") == []


# The pairs as they stand in the papers, written down a second time: a slip in the table would show here.
PAIRS = {
    (-2, 2207003), (-1, 2207001), (-1, 2207032), (-2, 2207020), (24, 2207008), (9007, 2207027), (4, 2207051),
    (9, 2207042), (25, 2207050), (24, 2207006), (9004, 2207052), (36000, 2207004), (36001, 2207005), (36003, 2207009),
    (100, 2207023), (36004, 2207010), (100, 2207028), (100, 2207040), (100, 2207081), (-1, 2207085),
}  # fmt: skip


def test_the_table_holds_the_pairs_of_the_papers():
    rows = [row.body["error"] for row in REFUSALS.values()]
    assert {(row["code"], row["error_subcode"]) for row in rows if "error_subcode" in row} == PAIRS
    assert set(ENDINGS) == {2207026, 2207053, 2207057, 2207077, 2207082}


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"no film at all", "REELS"),
        (mp4(seconds=2.5), "REELS"),
        (mp4(seconds=901), "REELS"),
        (mp4(seconds=61), "STORIES"),
        (mp4(video=b"vp09"), "REELS"),
        (mp4(audio=b"ac-3"), "REELS"),
        (mp4(frame_rate=20), "REELS"),
        (mp4(width=2160, height=3840), "REELS"),
        (mp4(moov_first=False), "REELS"),
        (mp4(edit_list=True), "REELS"),
        (mp4(seconds=3, size=10 * 1024**2), "REELS"),
        (jpeg(), "REELS"),
    ],
)
def test_a_video_that_instagram_does_not_take_ends_in_an_error(product, content, media_type):
    container = product.film(content, media_type).json()["id"]
    seen = product.status(container)
    assert seen["status_code"] == "ERROR"
    assert seen["status"].startswith("Error: 2207026")
    assert product.publish(container).status_code == 400
    assert product.effects() == []


def test_a_video_that_cannot_be_fetched_ends_in_an_error(product):
    container = product.made(video_url=f"{product.shelf.base}/missing.mp4", media_type="REELS")
    assert product.status(container)["status"].startswith("Error: 2207077")


def test_a_thumbnail_behind_the_end_ends_in_an_error(product):
    container = product.film(mp4(seconds=6), thumb_offset=6001).json()["id"]
    assert product.status(container)["status"].startswith("Error: 2207057")


@pytest.mark.parametrize("subcode", [2207053, 2207082])
def test_processing_can_fail_without_a_fault_of_ours(product, subcode):
    product.knob("instagram.processing_fails", subcode)
    container = product.film().json()["id"]
    assert product.status(container)["status"].startswith(f"Error: {subcode}")
    product.knob("instagram.processing_fails", 0)
    assert product.status(container)["status_code"] == "ERROR", "what has failed stays so; a new container is needed"
    product.published(product.film().json()["id"])


@pytest.mark.parametrize("subcode", TROUBLE)
def test_trouble_strikes_every_call_that_it_names(product, subcode):
    _, calls = TROUBLE[subcode]
    for call in calls:
        product.knob("instagram.trouble", 0)
        assert _trouble(subcode, call)(product).json()["error"]["error_subcode"] == subcode


def test_a_redirect_is_not_followed(product):
    assert _moved(product).json()["error"]["error_subcode"] == 2207052
    assert product.shelf.asked == ["/moved.jpg"]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/a", "a.jpg", "http://", "http://[::1"])
def test_only_web_addresses_are_fetched(product, address):
    for fields in ({"image_url": address}, {"video_url": address, "media_type": "REELS"}):
        answer = product.container(**fields)
        assert (answer.status_code, answer.json()["error"]["error_subcode"]) == (400, 2207052)


def test_hashtags_and_emoji_are_counted_the_strict_way(product):
    assert product.image(caption=" ".join(f"#tag{one}" for one in range(30))).status_code == 200
    assert product.image(caption=" ".join(f"#tag{one}" for one in range(31))).status_code == 400
    assert product.image(caption="🌅" * 1100).status_code == 200
    assert product.image(caption="🌅" * 1100 + "!").status_code == 400


@pytest.mark.parametrize(("width", "height"), [(1080, 1350), (1080, 566), (1080, 1080)])
def test_the_borders_of_the_ratio_are_taken(product, width, height):
    assert product.image(jpeg(width, height)).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"media_type": "REELS", "alt_text": "a reel"},
        {"alt_text": "a" * 1001},
        {"is_carousel_item": True, "caption": "of a child"},
        {"collaborators": ["a", "b", "c", "d"]},
        {"is_carousel_item": "perhaps"},
    ],
)
def test_what_does_not_go_with_the_form_is_a_bad_parameter(product, fields):
    answer = product.image(**fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


def test_a_container_without_its_address_is_refused(product):
    for fields in ({}, {"media_type": "REELS"}, {"media_type": "CAROUSEL"}):
        assert product.container(**fields).json()["error"]["code"] == 100
    assert product.http.post(f"/{ACCOUNT}/media_publish").json()["error"]["code"] == 100


def test_a_child_is_not_published_alone_and_no_post_is_a_child(product):
    child, post = product.image(is_carousel_item=True).json()["id"], product.image().json()["id"]
    assert product.publish(child).json()["error"]["error_subcode"] == 2207008
    assert product.container(media_type="CAROUSEL", children=[child, post]).status_code == 400
    assert product.container(media_type="CAROUSEL", children=[child, child]).status_code == 400
    assert product.effects() == []


def test_a_carousel_waits_for_its_children(product):
    product.knob("instagram.processing", 60)
    children = [product.film(media_type="VIDEO", is_carousel_item=True).json()["id"] for _ in range(2)]
    early = product.container(media_type="CAROUSEL", children=children)
    assert early.json()["error"]["error_subcode"] == 2207027


def test_more_than_four_hundred_containers_a_day_are_refused(product):
    stored = product.world.state.get("instagram.containers", product.image().json()["id"])
    for number in range(399):
        product.world.state.put("instagram.containers", f"old{number}", {**stored, "id": f"old{number}"})
    assert product.image().json()["error"]["error_subcode"] == 2207042


def test_removed_metrics_fail_the_whole_call(product):
    media = product.post_image()
    for metric in ("impressions", "plays", "video_views"):
        assert product.http.get(f"/{media}/insights?metric=views,{metric}").json()["error"]["code"] == 100


@pytest.mark.parametrize("message", ["#a #b #c #d #e", "https://a.example/ https://b.example/", "READ THIS"])
def test_comments_have_their_own_rules(product, message):
    assert _comment(message)(product).json()["error"]["code"] == 100
    assert product.effects("comment") == []


def test_strangers_and_other_pages_see_nothing(product):
    media = product.post_image()
    product.http.headers["Authorization"] = "Bearer unknown"
    assert product.http.get(f"/{media}").json()["error"]["code"] == 190
    product.page = "102030405060702"
    product.connect()
    assert product.http.get(f"/{media}").json()["error"]["error_subcode"] == 33


JUNK = [
    "",
    " ",
    "[",
    "[]",
    "[null]",
    "[[1]]",
    "{}",
    "null",
    "-1",
    "9" * 40,
    "\x00",
    "é🌅",
    "true,false",
    "../x",
    "http://a b/",
]
URLS = [
    "http://127.0.0.1:99999/a",
    "http://\x00/a",
    "http://xn--a/",
    "http://" + "a" * 300 + "/",
    "http://127.0.0.1:9/é 🌅",
]


@pytest.mark.parametrize("junk", JUNK + URLS)
def test_whatever_stands_in_a_parameter_is_answered_in_the_envelope(product, junk):
    good = {"image_url": product.shelf.put("a.jpg", jpeg()), "media_type": "IMAGE"}
    names = ("image_url", "media_type", "caption", "children", "is_carousel_item", "thumb_offset", "collaborators")
    answers = [product.http.post(f"/{ACCOUNT}/media", data={**good, name: junk}) for name in names]
    answers += [
        product.http.post(f"/{ACCOUNT}/media", data={"media_type": "CAROUSEL", "children": junk}),
        product.http.post(f"/{ACCOUNT}/media", data={"media_type": "REELS", "video_url": junk}),
        product.publish(junk),
        product.http.get(f"/{ACCOUNT}/media", params={"fields": junk, "limit": junk, "after": junk}),
        product.http.get(f"/{ACCOUNT}/content_publishing_limit", params={"fields": junk, "since": junk}),
    ]
    for answer in answers:
        assert answer.status_code in (200, 400), answer.text
        assert answer.status_code == 200 or answer.json()["error"]["code"]
    assert product.effects() == []
