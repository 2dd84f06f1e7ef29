"""Our own first comment under a post, tried on each platform and account kind against the sandbox's twins over real HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from domain.parts import Part, PartKind
from domain.platforms import Platform
from domain.publishing import (
    Absent,
    AccountKind,
    CannotTell,
    ContentRefused,
    Finding,
    Found,
    LeaseLost,
    OutcomeUnknown,
    PartClaim,
    PartSearch,
    Permit,
    Receipt,
    TokenRejected,
    TryLater,
)
from domain.settings import LONGEST_COMMENT, Form, Setting
from publishers.comments import DEEPEST_PAGES
from publishers.registry import PlatformSettings, Registry, build
from tests.publishers.stage import Ledger, answer, answering, no_pause
from tests.publishers.test_contract import (
    BACK,
    KINDS,
    VERIFIER,
    Entry,
    Scene,
    media,
    registry,
    scene,
    settings,
    shelf,
)
from tests.sandbox.conftest import RunningSandbox

__all__ = ["media", "registry", "scene", "shelf"]  # fixtures

TEXT = "The guide we took this from: https://sunrise.example/guide?utm_source=x&utm_medium=social 👩🏽‍💻"


@dataclass(frozen=True)
class Talk:
    """One row: how a platform keeps comments, and which right they need. `kept` is the twin's table of them."""

    right: str
    kept: str
    post: str
    """The field of a kept comment that names its post."""
    words: str
    author: str
    """The field that names who spoke."""
    looks: bool = True
    """Whether comments can be listed."""

    @property
    def target(self) -> str:
        return self.kept


TALKS = {
    "facebook": Talk("pages_manage_engagement", "facebook.comments", "post", "message", "page"),
    "facebook film": Talk("pages_manage_engagement", "facebook.comments", "post", "message", "page"),
    "instagram": Talk("instagram_manage_comments", "instagram.comments", "media", "message", "by"),
    "linkedin organisation": Talk("w_organization_social", "linkedin.comments", "post", "text", "actor"),
    "linkedin member": Talk("w_member_social", "linkedin.comments", "post", "text", "actor", looks=False),
    "youtube": Talk("youtube.force-ssl", "youtube.comments", "video", "text", "channel"),
}
STAGES = [name for name in TALKS]
every = pytest.mark.parametrize("scene", STAGES, indirect=True)
that_lists = pytest.mark.parametrize("scene", [name for name in STAGES if TALKS[name].looks], indirect=True)


def talk(scene: Scene) -> Talk:
    return next(one for name, one in TALKS.items() if KINDS[name] is scene.kind)


def said(scene: Scene) -> list[Entry]:
    """What the twin accepted as comments."""
    return [one for one in scene.sandbox.world.ledger.entries(scene.kind.platform) if one["effect"] == "comment"]


def claimed(scene: Scene, post: str, text: str = TEXT) -> PartClaim:
    return PartClaim(scene.account, Part(2, PartKind.COMMENT, text), post, post, datetime.now(UTC))


async def send(scene: Scene, post: str, text: str = TEXT, permit: Permit | None = None) -> Receipt:
    return await scene.publisher.send_part(claimed(scene, post, text), permit or Ledger().permit)


async def look(scene: Scene, post: str, text: str = TEXT, *, after: timedelta = timedelta(0)) -> Finding:
    """As the reconciler looks: from a minute before the intent to some minutes after it."""
    since = datetime.now(UTC) + after - timedelta(seconds=60)
    part = Part(2, PartKind.COMMENT, text)
    search = PartSearch(scene.account, part, post, post, since, since + timedelta(minutes=10))
    return await scene.publisher.find_part(search)


async def published(scene: Scene) -> str:
    return (await scene.publish(scene.claim())).remote_id


def plant(scene: Scene, post: str, name: str, text: str, author: str | None = None, seconds: float = 0) -> None:
    """A comment that is already there: ours, or `author`'s; `seconds` old."""
    how, state = talk(scene), scene.sandbox.world.state
    ours = state.all(how.kept)[0] if author is None else {"deleted": False, "sub": "somebody"}
    whose = {} if author is None else {how.author: author}
    under = state.all(how.kept)[0][how.post]
    comment = {**ours, "id": name, how.post: under, how.words: text, "at": scene.sandbox.world.now() - seconds, **whose}
    state.put(how.kept, name, comment)


@every
async def test_a_comment_goes_out_once_with_its_permit_and_readers_see_it_under_the_post(scene: Scene) -> None:
    post, ledger = await published(scene), Ledger()
    receipt = await send(scene, post, permit=ledger.permit)
    assert ledger.permits == 1
    [entry] = said(scene)
    assert entry["payload"]["text"] == TEXT
    assert entry["rid"] in receipt.remote_id
    feed = httpx.get(f"{scene.sandbox.base_url}/_sandbox/feeds?platform={scene.kind.platform}").json()["posts"]
    assert [one["comments"] for one in feed] == [[TEXT]]
    if receipt.permalink is not None:
        shown = httpx.get(receipt.permalink.replace("https://", "http://"))
        assert shown.status_code == 200


@every
async def test_nothing_is_sent_without_the_permit(scene: Scene) -> None:
    async def lost() -> None:
        raise LeaseLost

    post = await published(scene)
    with pytest.raises(LeaseLost):
        await send(scene, post, permit=lost)
    assert said(scene) == []


@every
@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_close", "accept_then_hang", "malformed_2xx"])
async def test_an_answer_that_proves_nothing_is_unknown_and_the_look_settles_it(scene: Scene, fault: str) -> None:
    post = await published(scene)
    scene.sandbox.fault(talk(scene).target, fault, seconds=0.1)
    with pytest.raises(OutcomeUnknown) as unknown:
        await send(scene, post)
    assert "comment" in unknown.value.sentence
    [entry] = said(scene)
    finding = await look(scene, post)
    if talk(scene).looks:
        assert isinstance(finding, Found)
        [receipt] = finding.receipts
        assert entry["rid"] in receipt.remote_id
    else:
        assert isinstance(finding, CannotTell)
        assert finding.link is not None and post in finding.link


@every
@pytest.mark.parametrize("fault", ["reject_5xx", "close"])
async def test_a_loss_before_acceptance_looks_the_same_and_is_found_absent(scene: Scene, fault: str) -> None:
    post = await published(scene)
    scene.sandbox.fault(talk(scene).target, fault)
    with pytest.raises(OutcomeUnknown):
        await send(scene, post)
    assert said(scene) == []
    assert isinstance(await look(scene, post), Absent if talk(scene).looks else CannotTell)


@every
async def test_an_unreachable_platform_provably_got_nothing(scene: Scene, client: httpx.AsyncClient) -> None:
    post = await published(scene)
    nowhere: dict[str, Any] = {
        one.name: "http://127.0.0.1:9" for one in fields(PlatformSettings) if one.name.endswith("_api_url")
    }
    cut_off = build(replace(settings(scene.sandbox), **nowhere), client, scene.media, pause=no_pause)
    with pytest.raises(TryLater, match="nothing was sent"):
        await send(replace(scene, registry=cut_off), post)


@every
async def test_too_many_calls_wait(scene: Scene) -> None:
    post = await published(scene)
    scene.sandbox.fault(talk(scene).target, "429", retry_after=120)
    with pytest.raises(TryLater) as waiting:
        await send(scene, post)
    at = waiting.value.at
    assert at is None or at < datetime.now(UTC) + timedelta(minutes=11)
    assert said(scene) == []


@every
async def test_a_dead_token_is_for_the_owner(scene: Scene) -> None:
    post = await published(scene)
    who = scene.kind.login or scene.kind.platform
    httpx.post(f"{scene.sandbox.base_url}/_sandbox/{who}/disconnect").raise_for_status()
    with pytest.raises(TokenRejected, match="Connect the account again") as rejected:
        await send(scene, post)
    assert not rejected.value.not_permitted
    assert isinstance(await look(scene, post), CannotTell)


async def forbid(scene: Scene, right: str) -> None:
    """The person takes one right away, and leaves all others."""
    if scene.kind.platform in (Platform.FACEBOOK, Platform.INSTAGRAM):
        connector = scene.registry.connectors[scene.kind.platform]
        url = connector.authorize_url(state="s" * 40, verifier=VERIFIER, redirect_uri=BACK)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        httpx.get(url, params={**asked, "_auto": "yes", "_declined": right})
        return
    state = scene.sandbox.world.state
    for kept in ("linkedin.access", "google.access"):
        for token in state.all(kept):
            left = [one for one in token["scope"].split() if not one.endswith(right)]
            state.put(kept, token["token"], {**token, "scope": " ".join(left)})


@every
async def test_a_right_that_was_left_out_is_named_and_is_no_dead_token(scene: Scene) -> None:
    post = await published(scene)
    await forbid(scene, talk(scene).right)
    with pytest.raises(TokenRejected, match=talk(scene).right) as rejected:
        await send(scene, post)
    assert rejected.value.not_permitted
    assert said(scene) == []


@pytest.mark.parametrize("scene", ["facebook", "instagram"], indirect=True)
async def test_who_declines_the_right_can_be_connected_all_the_same_and_publishes(scene: Scene) -> None:
    await forbid(scene, talk(scene).right)
    connector = scene.registry.connectors[scene.kind.platform]
    assert talk(scene).right in connector.scopes
    url = connector.authorize_url(state="s" * 40, verifier=VERIFIER, redirect_uri=BACK)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    back = httpx.get(url, params={**asked, "_auto": "yes", "_declined": talk(scene).right})
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    grant = await connector.exchange(code=code, verifier=VERIFIER, redirect_uri=BACK)
    assert talk(scene).right not in grant.scopes
    assert await connector.identities(grant)
    await published(scene)


@every
async def test_a_comment_under_a_post_that_is_gone_is_refused_and_cannot_be_told(scene: Scene) -> None:
    post = await published(scene)
    await send(scene, post)
    await scene.publisher.withdraw(scene.account, post)
    with pytest.raises(ContentRefused) as refused:
        await send(scene, post, "Another")
    assert refused.value.sentence.endswith((".", "!"))
    if scene.kind.undone_is_gone:
        assert isinstance(await look(scene, post), CannotTell)
    feed = httpx.get(f"{scene.sandbox.base_url}/_sandbox/feeds?platform={scene.kind.platform}").json()["posts"]
    if scene.kind.platform is not Platform.YOUTUBE:  # its undo hides the film, and all that stands under it
        assert [one["comments"] for one in feed] == [[]]


LONG = {Platform.FACEBOOK: 8_001, Platform.INSTAGRAM: 301, Platform.LINKEDIN: 1_251, Platform.YOUTUBE: 10_001}


@every
async def test_a_comment_that_is_too_long_is_told_before_and_refused_after(scene: Scene) -> None:
    text = ("word " * 3_000)[: LONG[scene.kind.platform] - 1] + "x"
    attempt = scene.claim()
    chosen = {**attempt.payload.settings, Setting.FIRST_COMMENT: text}
    [sentence] = scene.publisher.check(replace(attempt.payload, settings=chosen))
    assert "first comment is too long" in sentence and sentence.endswith("Shorten it by 1.")
    with pytest.raises(ContentRefused):
        await send(scene, await published(scene), text)
    assert said(scene) == []


@every
async def test_a_comment_as_people_may_write_it_draws_no_complaint(scene: Scene) -> None:
    payload = scene.claim().payload
    for text in (TEXT, ("word " * 60)[:300]):
        chosen = {**payload.settings, Setting.FIRST_COMMENT: text}
        assert scene.publisher.check(replace(payload, settings=chosen)) == []
    assert min(LONG[platform] for platform in LONG if platform is not Platform.INSTAGRAM) >= LONGEST_COMMENT


@that_lists
async def test_other_comments_are_not_taken_for_ours(scene: Scene) -> None:
    post = await published(scene)
    await send(scene, post, "Quite another subject altogether")
    assert isinstance(await look(scene, post), Absent)


@that_lists
async def test_a_comment_on_a_later_page_of_the_listing_is_found(scene: Scene) -> None:
    post = await published(scene)
    receipt = await send(scene, post)
    numbers = range(10_000_000_000, 10_000_000_130)
    for number in numbers:
        plant(scene, post, f"{number}", f"Number {number}")
    finding = await look(scene, post)
    assert isinstance(finding, Found)
    assert [one.remote_id for one in finding.receipts] == [receipt.remote_id]


@that_lists
async def test_the_same_words_from_somebody_else_are_for_a_person(scene: Scene) -> None:
    post = await published(scene)
    await send(scene, post, "Quite another subject altogether")
    plant(scene, post, "10000000001", TEXT, author="somebody.else")
    finding = await look(scene, post)
    assert isinstance(finding, CannotTell)
    assert "from our account" in finding.reason


@that_lists
async def test_an_older_comment_of_ours_with_these_words_is_for_a_person(scene: Scene) -> None:
    post = await published(scene)
    await send(scene, post)
    finding = await look(scene, post, after=timedelta(hours=1))
    assert isinstance(finding, CannotTell)
    assert finding.reason.startswith("A comment with these words is there")


@that_lists
async def test_two_comments_of_ours_with_these_words_are_both_named(scene: Scene) -> None:
    post = await published(scene)
    await send(scene, post)
    await send(scene, post)
    finding = await look(scene, post)
    assert isinstance(finding, Found)
    assert len(finding.receipts) == 2


@every
@pytest.mark.parametrize("post", ["../users/me", "urn:li:person:1", "", "1/../2", "urn:li:share:1?x"])
async def test_what_is_no_post_takes_no_comment(scene: Scene, post: str) -> None:
    ledger = Ledger()
    with pytest.raises(ContentRefused):
        await send(scene, post, permit=ledger.permit)
    assert ledger.permits == 0
    assert isinstance(await look(scene, post), CannotTell)


ODD: list[object] = [
    {},
    {"data": 1, "elements": 1, "items": 1},
    {"data": [1], "elements": [1], "items": [1]},
    {"data": [{"id": "?"}], "elements": [{"id": "?"}], "items": [{"id": "?"}]},
    {
        "data": [{"id": "10000000001", "message": "a", "text": "a", "created_time": "noon", "timestamp": "noon"}],
        "elements": [{"id": "10000000001", "message": {"text": "a"}, "created": {"time": "noon"}}],
        "items": [
            {"id": "Ugx10000000001", "snippet": {"topLevelComment": {"snippet": {"textOriginal": "a", "publishedAt": "noon"}}}}
        ],
    },
    {
        "data": [],
        "paging": {"next": "https://x", "cursors": {"after": "again"}},
        "elements": None,
        "items": [],
        "nextPageToken": "again",
    },
]  # fmt: skip


@that_lists
@pytest.mark.parametrize("body", ODD)
async def test_a_listing_that_makes_no_sense_proves_nothing(
    scene: Scene, client: httpx.AsyncClient, body: object
) -> None:
    post = await published(scene)
    async with answering(answer(200, body)) as (base, _):
        odd: dict[str, Any] = {one.name: base for one in fields(PlatformSettings) if one.name.endswith("_api_url")}
        elsewhere = build(replace(settings(scene.sandbox), **odd), client, scene.media, pause=no_pause)
        finding = await look(replace(scene, registry=elsewhere), post)
    assert isinstance(finding, CannotTell)
    assert "could not be searched" in finding.reason


def endless(pages: Iterator[int]) -> bytes:
    """A page of comments after which there is always another one."""
    page = str(next(pages))
    element = {"id": "10000000001", "message": {"text": "a"}, "created": {"time": 1_796_000_000_000}}
    paging = {"next": "https://x", "cursors": {"after": page}, "total": 1_000_000}
    return answer(200, {"data": [], "elements": [element], "items": [], "paging": paging, "nextPageToken": page})


@that_lists
async def test_more_comments_than_can_be_read_prove_nothing(scene: Scene, client: httpx.AsyncClient) -> None:
    post, pages = await published(scene), count(1)
    async with answering(lambda _: endless(pages)) as (base, requests):
        many: dict[str, Any] = {one.name: base for one in fields(PlatformSettings) if one.name.endswith("_api_url")}
        elsewhere = build(replace(settings(scene.sandbox), **many), client, scene.media, pause=no_pause)
        finding = await look(replace(scene, registry=elsewhere), post)
    assert isinstance(finding, CannotTell)
    assert "more comments than we can go through" in finding.reason
    assert len(requests.texts) == DEEPEST_PAGES


def comments_off(scene: Scene, post: str) -> None:
    url, token = f"{scene.sandbox.base_url}/facebook/v26.0/{post}", scene.account.token.reveal()
    httpx.post(url, data={"comment_enabled": "false", "access_token": token}).raise_for_status()


@pytest.mark.parametrize("scene", ["instagram"], indirect=True)
async def test_a_post_whose_comments_are_off_refuses_ours(scene: Scene) -> None:
    post = await published(scene)
    comments_off(scene, post)
    with pytest.raises(ContentRefused, match="Comments are disabled"):
        await send(scene, post)


@pytest.mark.parametrize("scene", ["youtube"], indirect=True)
async def test_a_private_film_takes_no_comment(scene: Scene) -> None:
    post = await published(scene)
    await scene.publisher.withdraw(scene.account, post)
    with pytest.raises(ContentRefused, match="takes no comments under this film"):
        await send(scene, post)


@pytest.mark.parametrize("scene", ["linkedin organisation"], indirect=True)
async def test_linkedins_own_throttle_of_comments_lasts_a_minute(scene: Scene) -> None:
    post = await published(scene)
    for number in range(10):
        await send(scene, post, f"Number {number}")
    with pytest.raises(TryLater) as waiting:
        await send(scene, post)
    assert waiting.value.at is not None
    assert waiting.value.at - datetime.now(UTC) < timedelta(seconds=61)


@pytest.mark.parametrize("scene", ["tiktok"], indirect=True)
async def test_tiktok_takes_no_comments_and_says_so_before(scene: Scene) -> None:
    ledger, payload = Ledger(), scene.claim().payload
    chosen = {**payload.settings, Setting.FIRST_COMMENT: "Hello"}
    [sentence] = scene.publisher.check(replace(payload, settings=chosen))
    assert "no application comment" in sentence
    with pytest.raises(ContentRefused, match="no application comment"):
        await send(scene, "7300000000000000001", permit=ledger.permit)
    assert ledger.permits == 0
    assert isinstance(await look(scene, "7300000000000000001"), CannotTell)


INSTAGRAM = {
    "#one #two #three #four #five": "4 hashtags",
    "https://a.example https://b.example": "one link",
    "BUY NOW": "capital letters",
}


@pytest.mark.parametrize("scene", ["instagram"], indirect=True)
@pytest.mark.parametrize("text", INSTAGRAM)
async def test_instagrams_rules_for_comments_are_told_before_and_hold(scene: Scene, text: str) -> None:
    payload = scene.claim().payload
    told = scene.publisher.check(replace(payload, settings={Setting.FIRST_COMMENT: text}))
    assert [INSTAGRAM[text] in sentence for sentence in told] == [True]
    with pytest.raises(ContentRefused, match="Write it there yourself"):
        await send(scene, await published(scene), text)


@pytest.mark.parametrize("scene", ["facebook", "instagram"], indirect=True)
def test_a_story_takes_no_comment(scene: Scene) -> None:
    payload = scene.claim().payload
    chosen: dict[str, str] = {Setting.FIRST_COMMENT: "Hello", Setting.FORM: Form.STORY.value}
    told = scene.publisher.check(replace(payload, settings=chosen))
    assert any("Nobody can comment under a story" in sentence for sentence in told)


@pytest.mark.parametrize("scene", ["youtube"], indirect=True)
@pytest.mark.parametrize(
    "chosen",
    [
        {Setting.PRIVACY: "private"},
        {Setting.MADE_FOR_KIDS: "yes"},
        {Setting.PUBLISH_AT: "2026-12-24T18:00:00+00:00"},
    ],
)
def test_a_film_that_takes_no_comments_is_told_before(scene: Scene, chosen: dict[str, str]) -> None:
    payload = scene.claim().payload
    before = scene.publisher.check(replace(payload, settings={**payload.settings, **chosen}))
    with_comment = {**payload.settings, **chosen, Setting.FIRST_COMMENT: "Hello"}
    told = [one for one in scene.publisher.check(replace(payload, settings=with_comment)) if one not in before]
    assert len(told) == 1 and "YouTube takes no comments" in told[0]


def test_only_a_member_of_linkedin_cannot_be_looked_after(registry: Registry, sandbox: RunningSandbox) -> None:
    assert [name for name, one in TALKS.items() if not one.looks] == ["linkedin member"]
    assert KINDS["linkedin member"].who is AccountKind.MEMBER
