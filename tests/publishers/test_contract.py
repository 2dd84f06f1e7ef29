"""What every platform must fulfil, tried on each account kind against the sandbox's twins over real HTTP."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from domain.accounts import Grant, GrantRefused, Identity
from domain.measures import Metric
from domain.payload import Document, Payload, Picture
from domain.platforms import Platform
from domain.publishing import (
    Absent,
    Account,
    AccountKind,
    CannotTell,
    Claim,
    ContentRefused,
    Finding,
    Found,
    Handles,
    LeaseLost,
    OutcomeUnknown,
    Pending,
    Publisher,
    PublishError,
    Receipt,
    Reconciliation,
    TokenRejected,
    TryLater,
)
from domain.secret import Secret
from domain.settings import Setting
from publishers.registry import PlatformSettings, Registry, build
from tests.publishers.stage import WORKSPACE, Ledger, MediaStore, claim, no_pause, png, search
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.instagram.product import Shelf
from tests.sandbox.samples import gif, jpeg, mp4, pdf

BACK = "http://127.0.0.1:4000/connect/back"
VERIFIER = "v" * 64
TEXT = "Tea & <cake> (today_only) #SunriseTea\n\nhttps://sunrise.example/tea?utm_source=x&utm_medium=social 👩🏽‍💻"


Entry = dict[str, Any]
NUMBERS = count(1)


def words(_: MediaStore, text: str) -> Payload:
    """A post of words alone."""
    return Payload(text)


def film(media: MediaStore, text: str) -> Payload:
    """A film that differs from all others, with a title."""
    video = media.put_film(mp4(seconds=5 + next(NUMBERS) / 100))
    return Payload(text, (), {Setting.TITLE: "A calm morning"}, video)


def small_film(media: MediaStore, text: str) -> Payload:
    """A film as X and LinkedIn take it; X in two pieces."""
    content = mp4(1280, 720, seconds=5 + next(NUMBERS) / 100, size=1_500_000)
    return Payload(text, video=media.put_film(content, 1280, 720))


def moving(media: MediaStore, text: str) -> Payload:
    """A GIF that moves, and differs from all others."""
    content = gif(60 + next(NUMBERS) % 1000)
    return Payload(text, (media.put(content, content_type="image/gif"),))


def paper(media: MediaStore, text: str) -> Payload:
    """A PDF that differs from all others, with a title."""
    content = pdf(2) + f"% {next(NUMBERS)}\n".encode()
    digest = media.put(content, content_type="application/pdf").digest
    return Payload(text, document=Document(digest, "application/pdf", len(content), 2, "A calm morning"))


def several(media: MediaStore, text: str) -> Payload:
    """Three pictures that differ from all others."""
    return Payload(text, tuple(media.put(png(padding=1_000 + next(NUMBERS))) for _ in range(3)))


def photo(media: MediaStore, text: str) -> Payload:
    """A picture as Instagram takes it."""
    return Payload(text, (media.put(shot(20_000), content_type="image/jpeg"),))


def drawn(padding: int) -> bytes:
    return png(padding=padding)


def shot(padding: int) -> bytes:
    return jpeg(200, 200, size=padding)


def animated(padding: int) -> bytes:
    return gif(60 + next(NUMBERS) % 1000) + bytes(padding)


def chosen_film(media: MediaStore, text: str) -> Payload:
    """A film with everything that TikTok wants a person to choose."""
    chosen = {Setting.PRIVACY: "PUBLIC_TO_EVERYONE", Setting.DISCLOSURE: "none", Setting.CONSENT: "yes"}
    return replace(film(media, text), settings=chosen)


def rid(entry: Entry) -> str:
    return str(entry["rid"])


def post_id(entry: Entry) -> str:
    """TikTok's posts have an id of their own beside the number they were published with."""
    return str(entry["payload"]["post_id"])


def video_id(entry: Entry) -> str:
    """Facebook's films are known by their own id, their posts by another."""
    return str(entry["payload"]["video_id"])


def posted(entry: Entry) -> bool:
    return bool(entry["effect"] == "post")


def published(entry: Entry) -> bool:
    return bool(entry["effect"] == "publish")


def deleted(entry: Entry) -> bool:
    return bool(entry["effect"] == "delete")


def turned(privacy: str) -> Callable[[Entry], bool]:
    """YouTube's films are there before anybody sees them."""
    return lambda entry: entry["effect"] == "visibility" and entry["payload"]["to"]["privacyStatus"] == privacy


@dataclass(frozen=True)
class Kind:
    """One row of the suite: a platform, who speaks, what is posted, and the twin's targets for faults."""

    platform: Platform
    who: AccountKind
    posts: str
    """The target of the one call that must not be repeated."""
    deletes: str
    uploads: str
    """The target of a repeatable call that prepares a post with a picture."""
    reconciliation: Reconciliation
    some_id: str
    """Looks like a post's id, and is none."""
    content: Callable[[MediaStore, str], Payload] = words
    text: str = TEXT
    is_post: Callable[[Entry], bool] = posted
    is_undo: Callable[[Entry], bool] = deleted
    undone_is_gone: bool = True
    """Whether a post that was taken back cannot be read any more, and the platform says so."""
    alt: bool = True
    """Whether the platform shows words for those who cannot see the picture."""
    duplicates: bool = True
    """Whether the platform refuses the same words twice."""
    duplicate: type[PublishError] = OutcomeUnknown
    """What that refusal is. Where a draft is refused already, nothing was sent."""
    id_of: Callable[[Entry], str] = rid
    """The id by which people and figures know an accepted post."""
    pictures: bool = True
    """Whether a picture may go along."""
    undo: bool = True
    """Whether the platform lets an application take a post back."""
    looks: bool = False
    """Whether the send itself looks what became of it, when the answer is odd."""
    throttled: float = 120
    """Seconds to wait when the platform asks to wait 120: some platforms do not say how long."""
    fails: tuple[str, float] | None = None
    """The knob with which the platform's work on the media fails for good."""
    picture: Callable[[int], bytes] = drawn
    """A picture of a kind that the platform takes, with so many bytes of padding."""
    picture_type: str = "image/png"
    id_in_link: bool = True
    login: str = ""
    """Whose consent it hangs on, where that is another platform's."""


KINDS = {
    "x": Kind(
        Platform.X, AccountKind.MEMBER, "x.posts", "x.delete", "x.media", Reconciliation.BY_LISTING, "1"
    ),
    "x several pictures": Kind(
        Platform.X, AccountKind.MEMBER, "x.posts", "x.delete", "x.media", Reconciliation.BY_LISTING, "1",
        content=several, duplicates=False,
    ),
    "x film": Kind(
        Platform.X, AccountKind.MEMBER, "x.posts", "x.delete", "x.media", Reconciliation.BY_LISTING, "1",
        content=small_film, pictures=False, alt=False, duplicates=False,
        fails=("x.processing_fails", 1),
    ),
    "x moving picture": Kind(
        Platform.X, AccountKind.MEMBER, "x.posts", "x.delete", "x.media", Reconciliation.BY_LISTING, "1",
        content=moving, picture=animated, picture_type="image/gif", duplicates=False,
        fails=("x.processing_fails", 1),
    ),
    "linkedin member": Kind(
        Platform.LINKEDIN, AccountKind.MEMBER, "linkedin.posts", "linkedin.delete", "linkedin.upload",
        Reconciliation.BY_PERSON, "urn:li:share:1", undone_is_gone=False,
    ),
    "linkedin organisation": Kind(
        Platform.LINKEDIN, AccountKind.ORGANISATION, "linkedin.posts", "linkedin.delete", "linkedin.upload",
        Reconciliation.BY_LISTING, "urn:li:share:1",
    ),
    "linkedin several pictures": Kind(
        Platform.LINKEDIN, AccountKind.ORGANISATION, "linkedin.posts", "linkedin.delete", "linkedin.upload",
        Reconciliation.BY_LISTING, "urn:li:share:1", content=several, duplicates=False,
        fails=("linkedin.processing_fails", 1),
    ),
    "linkedin film": Kind(
        Platform.LINKEDIN, AccountKind.ORGANISATION, "linkedin.posts", "linkedin.delete", "linkedin.upload",
        Reconciliation.BY_LISTING, "urn:li:share:1", content=small_film,
        duplicates=False, pictures=False, alt=False,
        fails=("linkedin.processing_fails", 1),
    ),
    "linkedin member's film": Kind(
        Platform.LINKEDIN, AccountKind.MEMBER, "linkedin.posts", "linkedin.delete", "linkedin.videos",
        Reconciliation.BY_PERSON, "urn:li:share:1", content=small_film,
        undone_is_gone=False, duplicates=False, pictures=False, alt=False,
        fails=("linkedin.processing_fails", 1),
    ),
    "linkedin document": Kind(
        Platform.LINKEDIN, AccountKind.ORGANISATION, "linkedin.posts", "linkedin.delete", "linkedin.upload",
        Reconciliation.BY_LISTING, "urn:li:share:1", content=paper,
        duplicates=False, pictures=False, alt=False,
        fails=("linkedin.processing_fails", 1),
    ),
    "linkedin member's document": Kind(
        Platform.LINKEDIN, AccountKind.MEMBER, "linkedin.posts", "linkedin.delete", "linkedin.documents",
        Reconciliation.BY_PERSON, "urn:li:share:1", content=paper,
        undone_is_gone=False, duplicates=False, pictures=False, alt=False,
        fails=("linkedin.processing_fails", 1),
    ),
    "facebook": Kind(
        Platform.FACEBOOK, AccountKind.ORGANISATION, "facebook.publish", "facebook.delete", "facebook.photos",
        Reconciliation.BY_HANDLE, "102030405060701_122100000000001", duplicate=ContentRefused,
    ),
    "facebook film": Kind(
        Platform.FACEBOOK, AccountKind.ORGANISATION, "facebook.publish", "facebook.delete", "facebook.videos",
        Reconciliation.BY_HANDLE, "122100000000001", content=film, id_of=video_id, pictures=False, alt=False,
        duplicates=False, fails=("facebook.processing_fails", 1),
    ),
    "tiktok": Kind(
        Platform.TIKTOK, AccountKind.MEMBER, "tiktok.upload", "", "tiktok.video_init", Reconciliation.BY_HANDLE, "1",
        content=chosen_film, is_post=published, id_of=post_id, pictures=False, undo=False, alt=False, duplicates=False,
        looks=True, throttled=60, fails=("tiktok.max_duration", 5),
    ),
    "youtube": Kind(
        Platform.YOUTUBE, AccountKind.MEMBER, "youtube.update", "youtube.update", "youtube.insert",
        Reconciliation.BY_HANDLE, "abcdefghijk", content=film, text=TEXT.replace("<", "(").replace(">", ")"),
        is_post=turned("public"), is_undo=turned("private"), undone_is_gone=False, alt=False, duplicates=False,
        fails=("youtube.verdict", 1),
    ),
    "instagram": Kind(
        Platform.INSTAGRAM, AccountKind.ORGANISATION, "instagram.media_publish", "instagram.delete", "instagram.media",
        Reconciliation.BY_HANDLE, "1", content=photo, duplicates=False, fails=("instagram.processing_fails", 2207026),
        picture=shot, picture_type="image/jpeg", id_in_link=False, login="facebook",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A connected account and everything to publish with."""

    kind: Kind
    sandbox: RunningSandbox
    registry: Registry
    media: MediaStore
    account: Account
    handles: dict[str, Handles] = field(default_factory=dict)

    @property
    def publisher(self) -> Publisher:
        return self.registry.publishers[self.kind.platform]

    def claim(self, text: str | None = None, *pictures: Picture) -> Claim:
        """An attempt to publish something that this platform takes."""
        payload = self.kind.content(self.media, self.kind.text if text is None else text)
        beside = pictures if self.kind.pictures else ()
        return replace(claim(self.account), payload=replace(payload, pictures=beside or payload.pictures))

    def picture(self, padding: int = 0, alt: str = "A sunrise") -> Picture:
        """A picture in the store."""
        return self.media.put(self.kind.picture(padding), alt, self.kind.picture_type)

    def posts(self) -> list[Entry]:
        """What the twin accepted as a post that people see."""
        return [one for one in self.sandbox.world.ledger.entries(self.kind.platform) if self.kind.is_post(one)]

    async def prepare(self, attempt: Claim) -> Handles:
        """Also remembers the handles, for the look after a lost answer."""
        self.handles[str(attempt.post.post_id)] = {}
        ledger = Ledger()
        handles = await self.publisher.prepare(attempt, attempt.handles, ledger.save)
        self.handles[str(attempt.post.post_id)] = handles
        return handles

    async def publish(self, attempt: Claim, ledger: Ledger | None = None) -> Receipt:
        handles = await self.prepare(attempt)
        return await self.publisher.send(attempt, handles, (ledger or Ledger()).permit)

    async def find(self, attempt: Claim) -> Finding:
        return await self.publisher.find(search(attempt, self.handles.get(str(attempt.post.post_id))))


def settings(sandbox: RunningSandbox) -> PlatformSettings:
    known, base = sandbox.world.secrets, sandbox.base_url
    return PlatformSettings(
        x_client_id=known.x_client_id,
        x_client_secret=Secret(known.x_client_secret),
        linkedin_client_id=known.linkedin_client_id,
        linkedin_client_secret=Secret(known.linkedin_client_secret),
        x_api_url=f"{base}/x",
        x_authorize_url=f"{base}/x/i/oauth2/authorize",
        linkedin_api_url=f"{base}/linkedin",
        linkedin_oauth_url=f"{base}/linkedin/oauth/v2",
        facebook_client_id=known.facebook_client_id,
        facebook_client_secret=Secret(known.facebook_client_secret),
        facebook_api_url=f"{base}/facebook/v26.0",
        facebook_authorize_url=f"{base}/facebook/v26.0/dialog/oauth",
        tiktok_client_key=known.tiktok_client_key,
        tiktok_client_secret=Secret(known.tiktok_client_secret),
        tiktok_api_url=f"{base}/tiktok",
        tiktok_authorize_url=f"{base}/tiktok/v2/auth/authorize/",
        google_client_id=known.google_client_id,
        google_client_secret=Secret(known.google_client_secret),
        google_oauth_url=f"{base}/google",
        youtube_api_url=f"{base}/google",
    )


async def connected(registry: Registry, platform: Platform) -> tuple[Grant, tuple[Identity, ...]]:
    """As the product does it: consent page, code, grant, identities."""
    connector = registry.connectors[platform]
    url = connector.authorize_url(state="s" * 40, verifier=VERIFIER, redirect_uri=BACK)
    async with httpx.AsyncClient(trust_env=False) as person:
        sent_back = await person.get(url + "&_auto=yes")
    query = parse_qs(urlsplit(sent_back.headers["location"]).query)
    assert query["state"] == ["s" * 40]
    grant = await connector.exchange(code=query["code"][0], verifier=VERIFIER, redirect_uri=BACK)
    return grant, await connector.identities(grant)


@pytest.fixture
def media() -> MediaStore:
    return MediaStore()


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """Our own public address, for platforms that fetch."""
    shown = Shelf()
    yield shown
    shown.close()


@pytest.fixture
def registry(sandbox: RunningSandbox, client: httpx.AsyncClient, media: MediaStore, shelf: Shelf) -> Registry:
    def address(digest: str, _content_type: str) -> str | None:
        return shelf.put(digest, media.kept[digest])

    return build(settings(sandbox), client, media, pause=no_pause, public_url=address)


@pytest.fixture(params=KINDS)
async def scene(
    request: pytest.FixtureRequest, sandbox: RunningSandbox, registry: Registry, media: MediaStore
) -> AsyncIterator[Scene]:
    kind = KINDS[request.param]
    grant, identities = await connected(registry, kind.platform)
    mine = next(one for one in identities if one.kind is kind.who)
    who = Account(
        WORKSPACE, uuid4(), kind.platform, kind.who, mine.remote_id, mine.name, mine.token or grant.access_token
    )
    yield Scene(kind, sandbox, registry, media, who)


def test_every_platform_has_a_publisher_and_a_connector(registry: Registry) -> None:
    for platform in dict.fromkeys(kind.platform for kind in KINDS.values()):
        assert registry.publishers[platform].platform is platform
        assert registry.publishers[platform].windows
        assert registry.connectors[platform].platform is platform


def test_each_account_kind_says_how_a_lost_answer_is_cleared_up(scene: Scene) -> None:
    assert scene.publisher.reconciliation(scene.account) is scene.kind.reconciliation


async def test_a_post_goes_out_once_with_its_permit_and_comes_back_with_a_link(scene: Scene) -> None:
    ledger = Ledger()
    receipt = await scene.publish(scene.claim(), ledger)
    assert ledger.permits == 1
    assert [scene.kind.id_of(one) for one in scene.posts()] == [receipt.remote_id]
    assert receipt.permalink is not None
    named = all(part in receipt.permalink for part in receipt.remote_id.split("_"))
    assert named is scene.kind.id_in_link


async def test_nothing_is_sent_without_the_permit(scene: Scene) -> None:
    async def lost() -> None:
        raise LeaseLost

    attempt = scene.claim()
    handles = await scene.prepare(attempt)
    with pytest.raises(LeaseLost):
        await scene.publisher.send(attempt, handles, lost)
    assert scene.posts() == []


async def test_a_picture_goes_along_with_its_words(scene: Scene) -> None:
    picture = scene.picture(alt="A cup of tea")
    await scene.publish(scene.claim(None, picture))
    assert len(scene.posts()) == 1
    feed = httpx.get(f"{scene.sandbox.base_url}/_sandbox/feeds?platform={scene.kind.platform}").text
    assert ("A cup of tea" in feed) is scene.kind.alt


async def test_what_is_prepared_is_not_prepared_again(scene: Scene) -> None:
    ledger = Ledger()
    attempt = scene.claim(None, scene.picture())
    handles = await scene.publisher.prepare(attempt, {}, ledger.save)
    assert ledger.saved[-1] == dict(handles)
    asked, effects = scene.media.asked, len(scene.sandbox.world.ledger.entries())
    assert dict(await scene.publisher.prepare(attempt, handles, ledger.save)) == dict(handles)
    assert (scene.media.asked, len(scene.sandbox.world.ledger.entries())) == (asked, effects)


async def test_preparing_goes_on_where_any_saved_state_left_it(scene: Scene) -> None:
    ledger = Ledger()
    attempt = scene.claim(None, scene.picture(1_500_000))
    await scene.publisher.prepare(attempt, {}, ledger.save)
    for number, saved in enumerate(list(ledger.saved)):
        handles = await scene.publisher.prepare(attempt, saved, Ledger().save)
        again = Claim(attempt.post, attempt.account, attempt.payload, 2, attempt.intent_at)
        if number == 0:
            await scene.publisher.send(again, handles, Ledger().permit)
    assert len(scene.posts()) == 1


async def test_a_kill_after_any_save_goes_on_and_posts_once(scene: Scene) -> None:
    attempt = scene.claim(None, scene.picture(1_500_000))
    for moment in range(1, 12):
        ledger = Ledger()

        async def dying(handles: Handles, ledger: Ledger = ledger, moment: int = moment) -> None:
            await ledger.save(handles)
            if len(ledger.saved) == moment:
                raise LeaseLost

        with suppress(LeaseLost):
            await scene.publisher.prepare(attempt, attempt.handles, dying)
        attempt = replace(attempt, fence=moment + 1, handles=ledger.saved[-1] if ledger.saved else attempt.handles)
    await scene.publish(attempt)
    assert len(scene.posts()) == 1


async def test_media_that_the_platform_cannot_work_on_are_for_the_reviewer(scene: Scene) -> None:
    if scene.kind.fails is None:
        pytest.skip("This platform's work on media is tried elsewhere.")
    name, value = scene.kind.fails
    httpx.post(f"{scene.sandbox.base_url}/_sandbox/knobs", json={name: value}).raise_for_status()
    with pytest.raises(ContentRefused):
        await scene.publish(scene.claim())
    assert scene.posts() == []


async def test_a_picture_that_is_no_longer_the_approved_one_is_refused(scene: Scene) -> None:
    if not scene.kind.pictures:
        pytest.skip("This platform's films are tried elsewhere.")
    picture = scene.picture()
    scene.media.kept[picture.digest] = png(5, 5)
    with pytest.raises(ContentRefused, match="not the one that was approved"):
        await scene.publish(scene.claim(None, picture))
    del scene.media.kept[picture.digest]
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await scene.publish(scene.claim(None, picture))


async def test_a_lost_upload_may_be_tried_again(scene: Scene) -> None:
    attempt = scene.claim(None, scene.picture())
    scene.sandbox.fault(scene.kind.uploads, "accept_then_close")
    with pytest.raises(TryLater):
        await scene.publish(attempt)
    await scene.publish(attempt)
    assert len(scene.posts()) == 1


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_close", "accept_then_hang", "malformed_2xx"])
async def test_an_answer_that_proves_nothing_is_unknown_and_the_look_settles_it(scene: Scene, fault: str) -> None:
    scene.sandbox.fault(scene.kind.posts, fault, seconds=0.1)
    attempt = scene.claim()
    with suppress(OutcomeUnknown) if scene.kind.looks else pytest.raises(OutcomeUnknown):
        await scene.publish(attempt)
    [accepted] = scene.posts()
    finding = await scene.find(attempt)
    if scene.kind.reconciliation is Reconciliation.BY_PERSON:
        assert isinstance(finding, CannotTell)
        assert finding.reason.endswith(".")
    else:
        assert isinstance(finding, Found)
        assert [receipt.remote_id for receipt in finding.receipts] == [scene.kind.id_of(accepted)]


@pytest.mark.parametrize("fault", ["reject_5xx", "close"])
async def test_a_loss_before_acceptance_looks_the_same_and_is_found_absent(scene: Scene, fault: str) -> None:
    scene.sandbox.fault(scene.kind.posts, fault)
    attempt = scene.claim()
    with pytest.raises(OutcomeUnknown):
        await scene.publish(attempt)
    assert scene.posts() == []
    finding = await scene.find(attempt)
    expected = CannotTell if scene.kind.reconciliation is Reconciliation.BY_PERSON else Absent
    assert isinstance(finding, expected)


async def test_an_unreachable_platform_provably_got_nothing(scene: Scene, client: httpx.AsyncClient) -> None:
    attempt = scene.claim()
    base = scene.sandbox.base_url
    prepared = await scene.prepare(attempt)
    handles = {name: value.replace(base, "http://127.0.0.1:9") for name, value in prepared.items()}
    nowhere: dict[str, Any] = {
        one.name: "http://127.0.0.1:9" for one in fields(PlatformSettings) if one.name.endswith("_api_url")
    }
    registry = build(replace(settings(scene.sandbox), **nowhere), client, scene.media, pause=no_pause)
    with pytest.raises(TryLater, match="nothing was sent"):
        await registry.publishers[scene.kind.platform].send(attempt, handles, Ledger().permit)


async def test_429_waits_as_long_as_the_platform_says(scene: Scene) -> None:
    scene.sandbox.fault(scene.kind.posts, "429", retry_after=120)
    with pytest.raises(TryLater) as waiting:
        await scene.publish(scene.claim())
    assert waiting.value.at is not None
    wait, expected = waiting.value.at - datetime.now(UTC), scene.kind.throttled
    assert timedelta(seconds=expected - 10) < wait < timedelta(seconds=expected + 1)


async def test_a_dead_token_is_for_the_owner(scene: Scene) -> None:
    httpx.post(
        f"{scene.sandbox.base_url}/_sandbox/{scene.kind.login or scene.kind.platform}/disconnect"
    ).raise_for_status()
    attempt = scene.claim()
    with pytest.raises(TokenRejected, match="Connect the account again"):
        await scene.publish(attempt)
    assert isinstance(await scene.find(attempt), CannotTell)
    with pytest.raises(TokenRejected if scene.kind.undo else ContentRefused):
        await scene.publisher.withdraw(scene.account, scene.kind.some_id)


async def test_the_same_words_twice_are_a_hint_and_no_proof(scene: Scene) -> None:
    if not scene.kind.duplicates:
        pytest.skip("This platform takes the same words twice.")
    first = await scene.publish(scene.claim())
    with pytest.raises(scene.kind.duplicate) as duplicate:
        await scene.publish(scene.claim())
    expected = first.permalink if scene.kind.platform is Platform.LINKEDIN else None
    assert getattr(duplicate.value, "link", None) == expected
    assert len(scene.posts()) == 1


async def test_a_text_that_is_too_long_is_told_before_and_refused_after(scene: Scene) -> None:
    attempt = scene.claim("word " * 13_000)
    assert any("Shorten" in sentence for sentence in scene.publisher.check(attempt.payload))
    with pytest.raises(ContentRefused, match=r"shorten it|must be at most \d+ characters|longer than \d+"):
        await scene.publish(attempt)


def test_a_good_post_draws_no_complaint(scene: Scene) -> None:
    assert scene.publisher.check(scene.claim(None, scene.picture()).payload) == []


async def test_another_post_of_the_day_is_not_taken_for_ours(scene: Scene) -> None:
    await scene.publish(scene.claim("Quite another subject altogether"))
    attempt = scene.claim()
    await scene.prepare(attempt)
    finding = await scene.find(attempt)
    expected = CannotTell if scene.kind.reconciliation is Reconciliation.BY_PERSON else Absent
    assert isinstance(finding, expected)


async def test_a_platform_without_undo_says_where_a_person_does_it(scene: Scene) -> None:
    if scene.kind.undo:
        pytest.skip("This platform takes posts back.")
    receipt = await scene.publish(scene.claim())
    with pytest.raises(ContentRefused) as refused:
        await scene.publisher.withdraw(scene.account, receipt.remote_id)
    assert receipt.permalink is not None
    assert receipt.permalink in refused.value.sentence
    assert len(scene.posts()) == 1


def skip_without_undo(scene: Scene) -> None:
    if not scene.kind.undo:
        pytest.skip("This platform lets no application take a post back.")


async def test_undo_takes_the_post_away_and_may_be_repeated(scene: Scene) -> None:
    skip_without_undo(scene)
    attempt = scene.claim()
    receipt = await scene.publish(attempt)
    await scene.publisher.withdraw(scene.account, receipt.remote_id)
    await scene.publisher.withdraw(scene.account, receipt.remote_id)
    undone = [scene.kind.id_of(one) for one in scene.sandbox.world.ledger.entries() if scene.kind.is_undo(one)]
    assert undone == [receipt.remote_id]
    finding, by = await scene.find(attempt), scene.kind.reconciliation
    if by is Reconciliation.BY_PERSON or (by is Reconciliation.BY_HANDLE and scene.kind.undone_is_gone):
        assert isinstance(finding, CannotTell | Pending)  # a handle whose post is gone does not say what became of it
    else:
        assert isinstance(finding, Absent)


async def test_an_undo_without_answer_may_be_tried_again(scene: Scene) -> None:
    skip_without_undo(scene)
    receipt = await scene.publish(scene.claim())
    scene.sandbox.fault(scene.kind.deletes, "accept_then_close")
    with pytest.raises(TryLater):
        await scene.publisher.withdraw(scene.account, receipt.remote_id)
    await scene.publisher.withdraw(scene.account, receipt.remote_id)


@pytest.mark.parametrize("remote_id", ["../users/me", "urn:li:person:1", "", "1/../2", "urn:li:share:1?x"])
async def test_what_is_no_post_cannot_be_withdrawn(scene: Scene, remote_id: str) -> None:
    with pytest.raises(ContentRefused):
        await scene.publisher.withdraw(scene.account, remote_id)


async def test_figures_have_a_word_for_each_metric_and_none_for_what_is_closed(scene: Scene) -> None:
    receipt = await scene.publish(scene.claim())
    [reading] = await scene.publisher.measure(scene.account, (receipt.remote_id,))
    assert reading.remote_id == receipt.remote_id
    assert set(reading.values) == {metric.value for metric in Metric}
    assert not reading.gone
    if scene.kind.reconciliation is Reconciliation.BY_PERSON:
        assert set(reading.values.values()) == {None}


async def test_a_deleted_post_reads_as_gone_where_the_platform_can_say_so(scene: Scene) -> None:
    skip_without_undo(scene)
    kept = await scene.publish(scene.claim())
    lost = await scene.publish(scene.claim("Another subject"))
    await scene.publisher.withdraw(scene.account, lost.remote_id)
    readings = await scene.publisher.measure(scene.account, (lost.remote_id, kept.remote_id))
    assert [reading.remote_id for reading in readings] == [lost.remote_id, kept.remote_id]
    assert [reading.gone for reading in readings] == [scene.kind.undone_is_gone, False]


async def test_connecting_names_everyone_the_person_may_speak_for(registry: Registry) -> None:
    _, [x] = await connected(registry, Platform.X)
    assert (x.kind, x.name) == (AccountKind.MEMBER, "@sunrise_app")
    _, [member, page] = await connected(registry, Platform.LINKEDIN)
    assert (member.kind, member.name) == (AccountKind.MEMBER, "Mara Lindqvist")
    assert (page.kind, page.remote_id) == (AccountKind.ORGANISATION, "urn:li:organization:10420001")


async def test_a_refresh_brings_a_new_grant_and_the_old_token_of_x_is_dead(registry: Registry) -> None:
    grant, _ = await connected(registry, Platform.X)
    assert grant.refresh_token is not None
    connector = registry.connectors[Platform.X]
    fresh = await connector.refresh(grant.refresh_token)
    assert fresh.refresh_token is not None
    assert fresh.refresh_token.reveal() != grant.refresh_token.reveal()
    with pytest.raises(GrantRefused, match="Connect the account again"):
        await connector.refresh(grant.refresh_token)
    await connector.revoke(fresh.refresh_token)
    with pytest.raises(GrantRefused):
        await connector.refresh(fresh.refresh_token)


@pytest.mark.parametrize("fault", ["reject_5xx", "close", "429", "malformed_2xx"])
async def test_a_blip_while_refreshing_may_pass(sandbox: RunningSandbox, registry: Registry, fault: str) -> None:
    grant, _ = await connected(registry, Platform.X)
    assert grant.refresh_token is not None
    sandbox.fault("x.token", fault)
    with pytest.raises(TryLater):
        await registry.connectors[Platform.X].refresh(grant.refresh_token)


async def test_linkedin_without_a_refresh_token_asks_for_the_person(registry: Registry) -> None:
    grant, _ = await connected(registry, Platform.LINKEDIN)
    assert grant.refresh_token is None
    with pytest.raises(GrantRefused, match="60 days"):
        await registry.connectors[Platform.LINKEDIN].refresh(Secret(""))


@pytest.mark.parametrize("platform", dict.fromkeys(kind.platform for kind in KINDS.values()))
async def test_a_wrong_code_asks_the_person_again(registry: Registry, platform: Platform) -> None:
    with pytest.raises(GrantRefused):
        await registry.connectors[platform].exchange(code="used-up", verifier=VERIFIER, redirect_uri=BACK)


@pytest.mark.parametrize("platform", dict.fromkeys(kind.platform for kind in KINDS.values()))
async def test_a_wrong_client_secret_is_for_whoever_runs_us_and_never_disconnects(
    sandbox: RunningSandbox, client: httpx.AsyncClient, media: MediaStore, platform: Platform
) -> None:
    secrets: dict[str, Any] = {
        one.name: Secret("wrong") for one in fields(PlatformSettings) if one.name.endswith("_client_secret")
    }
    wrong = replace(settings(sandbox), **secrets)
    connector = build(wrong, client, media, pause=no_pause).connectors[platform]
    with pytest.raises(TryLater, match="_CLIENT_SECRET"):
        await connector.refresh(Secret("any-refresh-token"))


async def test_all_pages_of_a_listing_are_looked_at(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    if scene.kind.reconciliation is Reconciliation.BY_HANDLE:
        pytest.skip("This platform is asked by handle.")
    small = 5
    monkeypatch.setattr(f"publishers.{scene.kind.platform}.find.PAGE", small)
    attempt = scene.claim()
    receipt = await scene.publish(attempt)
    for number in range(small + 1):
        await scene.publish(scene.claim(f"Subject number {number}"))
    finding = await scene.find(attempt)
    if scene.kind.reconciliation is Reconciliation.BY_LISTING:
        assert finding == Found((receipt,))
    else:
        assert isinstance(finding, CannotTell)
