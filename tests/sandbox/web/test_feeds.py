"""The feeds of six platforms: what is published there appears as it looks there, films play, faults strike."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import connected_to_x
from tests.sandbox.instagram.product import Product as Instagram
from tests.sandbox.instagram.product import Shelf
from tests.sandbox.linkedin.conftest import Product as LinkedIn
from tests.sandbox.meta.product import Product as Facebook
from tests.sandbox.samples import jpeg
from tests.sandbox.tiktok.conftest import Product as TikTok
from tests.sandbox.web.conftest import Scene
from tests.sandbox.youtube.conftest import PRIVATE, PUBLIC, SNIPPET
from tests.sandbox.youtube.conftest import Product as YouTube

FILM = (
    Path(__file__).with_name("film.mp4").read_bytes()
)  # 540 × 960, 4 s, H.264 and AAC: a real one, which players play
PLATFORMS = ("x", "linkedin", "facebook", "instagram", "tiktok", "youtube")
README = Path(__file__).parents[3] / "sandbox" / "README.md"
HOSTILE = '<img src=x onerror="document.title=1">'


class World:
    """Accounts on all platforms; `publish[platform](words)` puts one post there, with a film where films are usual."""

    def __init__(self, sandbox: Any, stack: ExitStack) -> None:
        self.sandbox, self._stack = sandbox, stack
        self.shelf = stack.enter_context(closing(Shelf()))
        self.publish: dict[str, Callable[[str], Any]] = {name: getattr(self, f"_on_{name}") for name in PLATFORMS}

    def connected(self, product: Any) -> Any:
        self._stack.callback(product.connect().http.close)
        return product

    def _on_x(self, words: str) -> None:
        settings = httpx.get(f"{self.sandbox.base_url}/_sandbox/settings").json()
        with connected_to_x(self.sandbox.base_url, settings) as x:
            x.post("/2/tweets", json={"text": words}).raise_for_status()

    def _on_linkedin(self, words: str) -> None:
        self.connected(LinkedIn(self.sandbox)).post(words).raise_for_status()

    def _on_facebook(self, words: str) -> None:
        self.connected(Facebook(self.sandbox)).reel(FILM, description=words)

    def _on_instagram(self, words: str) -> None:
        instagram = self.connected(Instagram(self.sandbox, self.shelf))
        instagram.published(instagram.film(FILM, caption=words).raise_for_status().json()["id"])

    def _on_tiktok(self, words: str) -> None:
        self.connected(TikTok(self.sandbox)).published(FILM, title=words)

    def _on_youtube(self, words: str) -> tuple[YouTube, str]:
        youtube: YouTube = self.connected(YouTube(self.sandbox))
        return youtube, youtube.upload(FILM, snippet={**SNIPPET, "title": words, "description": words}, status=PUBLIC)


@pytest.fixture
def world(scene: Scene) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(scene.sandbox, stack)


def _only_news(scene: Scene) -> None:
    """A page in the background does not look by itself every ten seconds: what appears now was heard."""
    scene.page.js("void Object.defineProperty(document, 'hidden', { value: true })")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_post_appears_by_itself_in_the_look_of_its_platform_and_counts(
    scene: Scene, world: World, platform: str
) -> None:
    scene.page.wait_for("#feeds-posts .empty")
    _only_news(scene)
    world.publish[platform]("A calm morning")
    assert "A calm morning" in scene.page.text(f"#feeds-posts .post.{platform} .post-text")
    assert scene.page.count("#feeds-posts .post") == 1
    assert scene.page.text(f'#feeds-places [data-place="{platform}"] .tab-count') == "1"
    assert scene.page.text("#status-published b") == "1"


def _linkedins_comment(world: World, words: str) -> None:
    product = world.connected(LinkedIn(world.sandbox))
    urn = product.post("A calm morning").headers["x-restli-id"]
    body = {"actor": product.organization, "message": {"text": words}}
    product.http.post(product.at(urn, "socialActions") + "/comments", json=body).raise_for_status()


def _facebooks_comment(world: World, words: str) -> None:
    product = world.connected(Facebook(world.sandbox))
    post = product.post("A calm morning").json()["id"]
    product.http.post(f"/{post}/comments", data={"message": words}).raise_for_status()


def _instagrams_comment(world: World, words: str) -> None:
    product = world.connected(Instagram(world.sandbox, world.shelf))
    product.http.post(f"/{product.post_image()}/comments", data={"message": words}).raise_for_status()


def _youtubes_comment(world: World, words: str) -> None:
    product = world.connected(YouTube(world.sandbox))
    product.comment(product.upload(FILM, snippet=SNIPPET, status=PUBLIC), words).raise_for_status()


COMMENT = {
    "linkedin": _linkedins_comment,
    "facebook": _facebooks_comment,
    "instagram": _instagrams_comment,
    "youtube": _youtubes_comment,
}


@pytest.mark.parametrize("platform", COMMENT)
def test_what_the_author_wrote_under_the_post_stands_there_by_itself(scene: Scene, world: World, platform: str) -> None:
    _only_news(scene)
    COMMENT[platform](world, f"The guide: https://sunrise.example/ {HOSTILE}")
    assert HOSTILE in scene.page.text(f".post.{platform} .comments .said")


@pytest.mark.parametrize("platform", ["facebook", "instagram", "tiktok", "youtube"])
def test_a_film_can_be_played_and_sought(scene: Scene, world: World, platform: str) -> None:
    world.publish[platform]("A film")
    film = f"document.querySelector('.post.{platform} video')"
    scene.page.wait_for(f".post.{platform} video")
    assert scene.page.js(f"[{film}.controls, {film}.preload]") == [True, "metadata"]
    assert scene.page.wait_for_js(f"{film}.duration") == pytest.approx(4, abs=0.2)
    scene.page.js(f"({film}.currentTime = 2.5, new Promise((done) => {film}.addEventListener('seeked', done)), 0)")
    scene.page.wait_for_js(f"!{film}.seeking && {film}.currentTime === 2.5 && {film}.readyState > 1")


def test_figures_grow_in_place_so_that_a_film_goes_on_playing(scene: Scene, world: World) -> None:
    world.publish["tiktok"]("A film")
    scene.page.wait_for(".post.tiktok video")
    views = "document.querySelector('.post.tiktok [data-figure=impressions] .value').textContent"
    before = scene.page.js(f"(window.kept = document.querySelector('.post.tiktok video'), {views})")
    httpx.post(f"{scene.sandbox.base_url}/_sandbox/clock", json={"advance_seconds": 3600}).raise_for_status()
    world.publish["linkedin"]("Something else")
    scene.page.wait_for(".post.linkedin")
    assert scene.page.js(views) != before
    assert scene.page.js("window.kept.isConnected")


def test_a_removed_video_is_marked_at_once_and_no_longer_counted(scene: Scene, world: World) -> None:
    youtube, video = world.publish["youtube"]("Soon gone")
    _only_news(scene)
    film = f"document.querySelector('[data-post=\"{video}\"] video')"
    scene.page.wait_for_js(f"{film}?.readyState > 0 && {film}.networkState === HTMLMediaElement.NETWORK_IDLE")
    youtube.http.delete("/youtube/v3/videos", params={"id": video}).raise_for_status()
    scene.page.wait_for(f'[data-post="{video}"].deleted')
    assert scene.page.count("#feeds-posts video") == 0
    assert scene.page.text("#status-published b") == "0"


def test_a_video_that_is_not_public_says_so_and_when_it_will_be(scene: Scene, world: World) -> None:
    youtube = world.connected(YouTube(scene.sandbox))
    status = {**PRIVATE, "publishAt": "2099-12-01T09:00:00Z"}
    youtube.upload(FILM, snippet={**SNIPPET, "title": "Tomorrow"}, status=status)
    assert "1 December" in scene.page.text(".post.youtube .badges")
    assert "Private" in scene.page.text(".post.youtube .badges")
    assert scene.page.text(".post.youtube h3") == "Tomorrow"
    assert scene.page.text("#status-published b") == "0"


def test_a_file_that_is_no_film_is_shown_as_a_file_with_what_the_platform_says(scene: Scene, world: World) -> None:
    youtube = world.connected(YouTube(scene.sandbox))
    youtube.upload(b"this is no film", snippet={**SNIPPET, "title": "No film"}, status=PUBLIC)
    assert "invalidFile" in scene.page.text(".post.youtube .badges .bad")
    scene.page.wait_for(".post.youtube .post-file")
    assert scene.page.count(".post.youtube video") == 0
    assert scene.page.text("#status-published b") == "0"


def test_the_pictures_of_a_carousel_are_leafed_through(scene: Scene, world: World) -> None:
    instagram = world.connected(Instagram(scene.sandbox, world.shelf))
    children = [
        instagram.container(
            image_url=world.shelf.put(f"{colour}.jpg", jpeg(colour=colour)), is_carousel_item=True, alt_text=colour
        ).json()["id"]
        for colour in ("orange", "teal")
    ]
    instagram.published(instagram.made(media_type="CAROUSEL", children=children, caption="Two"))
    scene.page.wait_for_js("[...document.querySelectorAll('.slide img')].filter((one) => one.naturalWidth).length > 0")
    assert scene.page.text(".instagram .place") == "1/2"
    scene.page.js("document.querySelector('.turn.on').click()")
    scene.page.wait_for_js("document.querySelector('.instagram .place').textContent === '2/2'")
    assert scene.page.js("[...document.querySelectorAll('.slide img')].map((one) => one.alt)") == ["orange", "teal"]


def test_hostile_words_stay_words(scene: Scene, world: World) -> None:
    world.publish["facebook"](HOSTILE)
    assert scene.page.text(".post.facebook .post-text") == HOSTILE
    assert scene.page.count(".post.facebook img") == 0


def test_a_long_text_is_folded_until_somebody_wants_it_all(scene: Scene, world: World) -> None:
    world.publish["linkedin"]("We asked forty teams. " * 40)
    height = "document.querySelector('.post.linkedin .post-text').clientHeight"
    scene.page.wait_for(".post.linkedin .unfold")
    folded = scene.page.js(height)
    scene.page.click(".post.linkedin .unfold")
    assert scene.page.js(height) > 2 * folded
    assert scene.page.count(".unfold") == 0


@pytest.mark.parametrize("width", [1440, 1000])
def test_a_tab_shows_one_platform_and_all_tabs_fit(scene: Scene, world: World, width: int) -> None:
    for platform in ("facebook", "x"):
        world.publish[platform](f"On {platform}")
    scene.page.resize(width, 900)
    if width < 1120:
        scene.page.click("#tab-feeds")
    scene.page.wait_for(".post.facebook")
    scene.page.click('#feeds-places [data-place="x"]')
    scene.page.wait_gone(".post.facebook")
    scene.page.wait_for(".post.x")
    scene.page.click('#feeds-places [data-place="tiktok"]')
    assert "on TikTok" in scene.page.text("#feeds-posts .empty")
    assert scene.page.count("#feeds-places [role=tab]") == 7
    for box in ("#feeds-places", "#feeds-places [role=tab]", "#feeds-scroller"):
        wide = f"[...document.querySelectorAll('{box}')].every((one) => one.scrollWidth <= one.clientWidth)"
        assert scene.page.js(wide), box


def _targets(platform: str) -> list[str]:
    """The fault targets that the twins' README names for a platform."""
    listed = re.search(rf"argets: `{platform}\.(.*?)(?:\.\n|\. [A-Z])", README.read_text(), re.DOTALL)
    assert listed is not None
    return [f"{platform}.{name}" for name in re.findall(r"\.([a-z_]+)`", f".{listed[1]}")]


@pytest.mark.parametrize("platform", ["facebook", "instagram", "tiktok", "youtube"])
def test_every_target_of_a_twin_can_be_chosen(scene: Scene, platform: str) -> None:
    scene.page.click(".tools [data-drawer=faults]")
    offered = scene.page.wait_for_js("[...document.querySelectorAll('.fault-form option')].map((one) => one.value)")
    wanted = _targets(platform)
    assert len(wanted) > 8
    assert [target for target in (*wanted, f"{platform}.*") if target not in offered] == []


def test_a_fault_button_strikes_youtube(scene: Scene, world: World) -> None:
    youtube = world.connected(YouTube(scene.sandbox))
    scene.page.click(".tools [data-drawer=faults]")
    scene.page.choose(".fault-form select", "youtube.channels")
    scene.page.click("[data-fault=reject_5xx]")
    scene.page.wait_for("#armed .fault-chip")
    asked = {"part": "id", "mine": "true"}
    assert youtube.http.get("/youtube/v3/channels", params=asked).status_code == 503
    scene.page.wait_gone("#armed .fault-chip")
    assert youtube.http.get("/youtube/v3/channels", params=asked).status_code == 200


def test_the_traffic_is_named_after_the_platforms_and_without_the_films_that_the_page_reads(
    scene: Scene, world: World
) -> None:
    scene.page.click(".tools [data-drawer=traffic]")
    for platform in ("facebook", "youtube", "tiktok"):
        world.publish[platform]("A film")
        scene.page.wait_for_js(f"document.querySelector('.post.{platform} video')?.readyState > 0")
    cells = "[one.querySelector('.twin').textContent, one.querySelector('.path').textContent]"
    rows = f"[...document.querySelectorAll('.exchange')].map((one) => {cells})"
    seen = scene.page.js(rows)
    assert {name for name, _ in seen} >= {"Meta", "YouTube", "TikTok"}
    assert [path for _, path in seen if "/files/" in path] == []
    scene.page.choose(".drawer-filters [aria-label=Twin]", "google")
    assert {name for name, _ in scene.page.js(rows)} == {"YouTube"}


@pytest.mark.parametrize(
    ("name", "status"), [("feeds/youtube.js", 200), ("feeds/looks.css", 200), ("feeds/no.js", 404)]
)
def test_the_files_of_the_feeds_are_served_and_films_come_from_here_only(sandbox: Any, name: str, status: int) -> None:
    answer = httpx.get(f"{sandbox.base_url}/{name}")
    assert answer.status_code == status
    assert status == 404 or "media-src 'self';" in answer.headers["content-security-policy"]


def test_a_feed_that_the_page_reads_knows_only_the_six_platforms(sandbox: Any) -> None:
    told = httpx.get(f"{sandbox.base_url}/_sandbox/feeds?platform=nothing").json()["message"]
    assert [name for name in PLATFORMS if name not in json.dumps(told)] == []
