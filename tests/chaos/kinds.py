"""The kinds of account that the matrix plays, with what each posts and how often that saves a handle on its way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.payload import Payload
from domain.platforms import Platform
from domain.publishing import AccountKind, Reconciliation
from domain.settings import YES, Form, Setting
from tests.pipeline.house import BY_NAME, Entry, Kind, some_text
from tests.publishers.stage import MediaStore, png
from tests.sandbox.samples import jpeg, mp4

Content = Callable[[MediaStore], Payload]
MIB = 1024**2


def published(entry: Entry) -> bool:
    return bool(entry["effect"] == "publish")


def made_public(entry: Entry) -> bool:
    """YouTube's films are there before anybody sees them."""
    return bool(entry["effect"] == "visibility" and entry["payload"]["to"]["privacyStatus"] == "public")


def words(_: MediaStore) -> Payload:
    return Payload(some_text())


def drawing(media: MediaStore) -> Payload:
    return Payload(some_text(), (media.put(png()),))


def photos(count: int, settings: Mapping[str, str] | None = None) -> Content:
    """So many different pictures, as every platform takes them."""

    def content(media: MediaStore) -> Payload:
        shots = (jpeg(200, 200, size=20_000 + number) for number in range(count))
        pictures = tuple(media.put(one, content_type="image/jpeg") for one in shots)
        return Payload(some_text(), pictures, settings or {})

    return content


def film(settings: Mapping[str, str], size: int = 0) -> Content:
    """A film padded to so many bytes, titled with the words that nobody else has."""

    def content(media: MediaStore) -> Payload:
        text = some_text()
        titled = {Setting.TITLE: text.partition(" http")[0], **settings}
        return Payload(text, (), titled, media.put_film(mp4(size=size)))

    return content


REEL: dict[str, str] = {Setting.FORM: Form.REEL}
TIKTOK: dict[str, str] = {Setting.PRIVACY: "PUBLIC_TO_EVERYONE", Setting.DISCLOSURE: "none", Setting.CONSENT: YES}


@dataclass(frozen=True)
class Player:
    """`by`: how a lost answer is cleared up. `light` is what most points are played with, `heavy` what the saves are: it
    saves `saves` times."""

    kind: Kind
    by: Reconciliation
    light: Content
    heavy: Content
    saves: int
    days: bool = False
    """Whether each case gets a day of its own at the twin, which takes few posts a day."""
    sampled: bool = False
    """Whether it plays its share of the answers only, at every point."""
    gate: str = ""
    """The call after which the fault is armed, where the decisive call has a target that is called before as well."""


ORGANISATION, MEMBER = AccountKind.ORGANISATION, AccountKind.MEMBER
PLAYERS = (
    Player(BY_NAME["x"], Reconciliation.BY_LISTING, words, drawing, 2),
    Player(BY_NAME["linkedin organisation"], Reconciliation.BY_LISTING, words, drawing, 2),
    Player(BY_NAME["linkedin member"], Reconciliation.BY_PERSON, words, drawing, 2),
    Player(
        Kind("facebook", Platform.FACEBOOK, ORGANISATION, "facebook.publish"),
        Reconciliation.BY_HANDLE, photos(1), photos(2), 3,
    ),
    Player(
        Kind("facebook reel", Platform.FACEBOOK, ORGANISATION, "facebook.video_reels"),
        Reconciliation.BY_HANDLE, film(REEL), film(REEL), 2,
        sampled=True, gate="facebook.rupload",
    ),
    Player(
        Kind("instagram", Platform.INSTAGRAM, ORGANISATION, "instagram.media_publish"),
        Reconciliation.BY_HANDLE, photos(1), photos(2), 6,
    ),
    Player(
        Kind("tiktok", Platform.TIKTOK, MEMBER, "tiktok.upload", published),
        Reconciliation.BY_HANDLE, film(TIKTOK), film(TIKTOK, 10 * MIB), 3, days=True,
    ),
    # Who dies before the answer was recorded does not know the publish_id; with it photos are BY_HANDLE like films. TikTok
    # lists photos after its moderation only. Here its clock is days ahead, so that nobody finds them at all.
    Player(
        Kind("tiktok photos", Platform.TIKTOK, MEMBER, "tiktok.photo_init", published),
        Reconciliation.BY_PERSON, photos(1, TIKTOK), photos(2, TIKTOK), 1, days=True, sampled=True,
    ),
    Player(
        Kind("youtube", Platform.YOUTUBE, MEMBER, "youtube.update", made_public),
        Reconciliation.BY_HANDLE, film({}), film({}, 5 * MIB), 6,
    ),
)  # fmt: skip
