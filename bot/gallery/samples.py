"""One workspace's day in every state it can be in. The gallery shows it; the golden files pin it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from bot.cards import (
    AccountLine,
    AnalyticsRow,
    AnalyticsView,
    AppLine,
    HelpView,
    HomeView,
    PersonLine,
    QueueView,
    TopPost,
    UsageLine,
)
from domain.card import DigestLine, DigestView, Face, NoticeView, PartView, Place, PostView, Said, Surface
from domain.decision import Decision
from domain.measures import Metric
from domain.parts import PartKind, PartState
from domain.platforms import Platform
from domain.post import State
from domain.publishing import AccountKind
from domain.roles import Role
from domain.settings import NO, YES, Setting

TOKEN = "k3Zq8VbT1mXw0LrYcPd5Ag"  # noqa: S105 — a button's value in a drawing, it opens nothing
ZONE = "Europe/Berlin"
SLOT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
NINE = datetime(2026, 11, 24, 8, 2, tzinfo=UTC)

TEXT = (
    "One daily approval is all the work that is left.\n\n"
    "Amarktai reads your web app, writes today's posts and asks you in Slack or Telegram. "
    "You click, it publishes & measures.\n\n"
    "https://amarktai.com/?utm_source=x&utm_medium=social #marketing"
)
LONG = (
    "We asked ten founders what keeps them from posting every day. Nine said the same thing: not the writing, "
    "the asking around.\n\n"
    "So we built the asking into the chat you already live in. Each morning a card arrives with the text, the picture "
    "and the sources it rests on. You approve it, edit it, or say why not, and the next one is better for it.\n\n"
    "• Read from your own pages, nothing invented\n• Every link tagged, every limit kept\n"
    "• Published once, on time, or you are asked\n\nWhat would you do with the hour a day?\n\n"
    "https://amarktai.com/how-it-works?utm_source=linkedin\n\n#marketing #saas #founders"
)

POST = PostView(
    number=1042,
    revision=1,
    state=State.IN_REVIEW,
    platform=Platform.X,
    account_name="@amarktai",
    account_kind=AccountKind.MEMBER,
    web_app="Amarktai Marketing",
    slot=SLOT,
    zone=ZONE,
    text=TEXT,
    picture_digest="ab" * 32,
    picture_alt="A blue card that says: one daily approval",
    length=241,
    limit=280,
    drafted_from="templates",
    sources=(("one daily approval", "amarktai.com, headline"), ("Slack or Telegram", "amarktai.com, how it works")),
)
ORGANISATION = replace(
    POST,
    number=1043,
    platform=Platform.LINKEDIN,
    account_name="Amarktai",
    account_kind=AccountKind.ORGANISATION,
    text=LONG,
    length=len(LONG),
    limit=3_000,
    slot=SLOT + timedelta(hours=1),
)

TIKTOK = replace(
    POST,
    number=1045,
    platform=Platform.TIKTOK,
    text="One daily approval is all the work that is left. Would you click? #marketing #saas",
    length=82,
    limit=2_200,
    sources=(),
    film_seconds=23.6,
    film_link="https://app.amarktai.com/media/1796000000/k3Zq8VbT/abab.mp4",
)
CHOSEN: dict[str, str] = {
    Setting.PRIVACY: "PUBLIC_TO_EVERYONE",
    Setting.COMMENTS: YES,
    Setting.DISCLOSURE: "own",
    Setting.SYNTHETIC: NO,
    Setting.CONSENT: YES,
}
YOUTUBE = replace(
    TIKTOK,
    number=1046,
    platform=Platform.YOUTUBE,
    account_name="Amarktai",
    limit=5_000,
    settings={
        Setting.TITLE: "One daily approval",
        Setting.TAGS: "marketing,saas,social media",
        Setting.MADE_FOR_KIDS: NO,
        Setting.SYNTHETIC: NO,
    },
)
FACEBOOK = replace(
    ORGANISATION,
    number=1047,
    platform=Platform.FACEBOOK,
    text="Nine of ten founders told us the same: not the writing keeps them from posting, the asking around.",
    length=98,
    limit=63_206,
    settings={
        Setting.FIRST_COMMENT: "All ten answers, word by word: https://amarktai.com/founders?utm_source=facebook"
    },
)

THREAD = replace(
    POST, text=f"{TEXT}\n---\nIt takes a minute a day.\n---\nAsk a colleague to try it with you.", picture_digest=None
)
_APPROVED = Said("Ben Osei", Decision.APPROVE, NINE + timedelta(minutes=12))
_LINK = "https://x.com/amarktai/status/1993"
_ACCOUNT = "https://x.com/amarktai"


def in_state(state: State) -> PostView:
    """The sample post as it stands in `state`, with what the pipeline would have filled in."""
    return replace(POST, state=state, **_FILLED.get(state, {}))  # type: ignore[arg-type]


_FILLED: dict[State, dict[str, object]] = {
    State.PLANNED: {"revision": 2, "direction": "Shorter", "picture_digest": None},
    State.APPROVED: {"said": (_APPROVED,), "approvals": 1},
    State.PUBLISHING: {"said": (_APPROVED,)},
    State.PUBLISHED: {"said": (_APPROVED,), "permalink": _LINK, "sent_at": SLOT, "can_withdraw": True},
    State.WITHDRAWN: {"said": (_APPROVED, Said("Ana Ruiz", Decision.WITHDRAW, SLOT + timedelta(minutes=9)))},
    State.REJECTED: {"said": (Said("Ben Osei", Decision.REJECT, NINE, "Off brand: we never say “hustle”"),)},
    State.EXPIRED: {"said": (Said("system", None, SLOT),)},
    State.DROPPED: {"said": (Said("Ana Ruiz", Decision.DROP, SLOT + timedelta(minutes=20)),)},
    State.RETRY_WAIT: {"said": (_APPROVED,), "trouble": "X asks us to wait until 09:45. Nothing was sent yet."},
    State.UNKNOWN: {"said": (_APPROVED,), "sent_at": SLOT + timedelta(seconds=3), "account_link": _ACCOUNT},
    State.NEEDS_HUMAN: {"said": (_APPROVED,), "sent_at": SLOT, "account_link": _ACCOUNT},
    State.MISSED: {"said": (_APPROVED,)},
    State.HELD: {
        "said": (_APPROVED,),
        "trouble": "X no longer accepts our token for @amarktai. Reconnect the account.",
    },
    State.FAILED: {"said": (_APPROVED,), "trouble": "“You already said that.” X refuses a text it has seen before."},
}

VARIANTS: dict[str, PostView] = {
    "a LinkedIn organisation, with remarks": replace(
        ORGANISATION, warnings=("“ten founders” stands on no page we read.", "Close to #0987 of last Tuesday.")
    ),
    "one of two approvals, edited": replace(
        POST, revision=3, quorum=2, approvals=1, edited_by="Ana Ruiz", said=(_APPROVED,), picture_digest=None
    ),
    "the platform would refuse it": replace(
        POST, length=312, objections=("X counts 312 characters and takes 280.",), picture_digest=None
    ),
    "too long for the chat": replace(ORGANISATION, text=LONG * 20, length=len(LONG) * 20, picture_digest=None),
    "whole in Slack only": replace(
        ORGANISATION, text=LONG * 7, length=len(LONG) * 7, picture_digest=None, chats=(Surface.SLACK, Surface.TELEGRAM)
    ),
    "content that tries to trick": replace(
        POST,
        text="<!channel> <@U1> @here *bold* <b>now</b> & pay⟦x⟧ p\u0430ypal \u202egnp.exe https://amarktai.com@evil.example/",
        picture_digest=None,
        drafted_from="Ana Ruiz",
    ),
    "a TikTok nobody chose for": replace(
        TIKTOK,
        objections=(
            "Choose who may see it on TikTok: everyone, friends, followers or only you.",
            "Choose whether it advertises on TikTok: nothing, your own brand, or somebody else's (paid).",
            "Choose to agree to TikTok's Music Usage Confirmation; without it nothing may be posted.",
        ),
    ),
    "a TikTok with its settings": replace(
        TIKTOK, revision=2, settings=CHOSEN, said=(Said("Ana Ruiz", Decision.CHOOSE, NINE),)
    ),
    "a YouTube Short": YOUTUBE,
    "a first comment": FACEBOOK,
    "a thread": THREAD,
    "a thread that stopped": replace(
        THREAD,
        state=State.PUBLISHED,
        said=(_APPROVED,),
        sent_at=SLOT,
        permalink=_LINK,
        parts=(
            PartView(2, PartKind.REPLY, PartState.REFUSED, "X does not let this application go on with a thread."),
            PartView(3, PartKind.REPLY, PartState.DROPPED),
        ),
    ),
    "a limit without room": replace(
        POST, full_until=SLOT + timedelta(hours=5), free_slot=SLOT + timedelta(hours=5, minutes=30), picture_digest=None
    ),
    "approved, and a limit without room": replace(
        POST,
        state=State.APPROVED,
        said=(_APPROVED,),
        approvals=1,
        full_until=SLOT + timedelta(hours=26),
        free_slot=SLOT + timedelta(hours=26, minutes=30),
        picture_digest=None,
    ),
    "a restored revision": replace(
        POST, trouble="The new text did not pass the critic; this is the old one again", picture_digest=None
    ),
}

LINES = (
    DigestLine(1042, Platform.X, "@amarktai", State.IN_REVIEW, SLOT, TEXT),
    DigestLine(1043, Platform.LINKEDIN, "Amarktai", State.APPROVED, SLOT + timedelta(hours=1), LONG),
    DigestLine(1044, Platform.LINKEDIN, "Lea Brandt", State.PUBLISHED, SLOT - timedelta(hours=1), "Why we ask first."),
)
DIGEST = DigestView(
    "Amarktai Marketing",
    "https://amarktai.com/",
    date(2026, 11, 24),
    ZONE,
    LINES,
    "templates",
    dropped=("too much like #0987 of last Tuesday",),
    seal="214:3f9a1b2c4d5e6f70",
)
UNREADABLE = replace(
    DIGEST, lines=(), dropped=(), problem="amarktai.com answered 404 (not found). Check the address, or describe it."
)
RECONNECT = NoticeView(
    "Connect @amarktai again",
    "X no longer accepts this connection. Connect the account again. Until then nothing goes out there.",
    reconnects="x",
)
ALONE = NoticeView(
    "Describe your web app",
    "The page is drawn by a script, we found no words on it. Tell us what it is and we go on.",
    asks_description=True,
)
PAUSED = NoticeView(
    "Amarktai is paused",
    "Ben Osei paused it on 23 Nov 2026, 09:14 UTC. 3 posts are on hold. Nothing of it goes out until somebody presses Resume; "
    "a post whose slot passes meanwhile asks what to do with it.",
    resumes="01a206b1-0078-763d-985e-564ed574718b",
)
RESUMED = NoticeView(
    "Amarktai goes on",
    "Ben Osei paused it on 23 Nov 2026, 09:14 UTC; Mara Lindqvist ended the pause. 3 posts are on the way again.",
    good=True,
)
LATE = NoticeView(
    "A post is late",
    "#1042 on X (@amarktai) should have gone out at 09:00 UTC and waits. Nothing on its card says why. Whoever runs Amarktai "
    "types “amarktai doctor” and looks into the log of the workers. On its card you can move or take it back; what is not "
    "moved goes out when it can, or asks.",
)

QUEUE = QueueView("Amarktai Marketing", ZONE, LINES)
ACCOUNTS = (
    AccountLine(Platform.X, "@amarktai", AccountKind.MEMBER, "token refused", False, "https://app.amarktai.com/c/9f2c"),
    AccountLine(Platform.LINKEDIN, "Amarktai", AccountKind.ORGANISATION, "connected"),
    AccountLine(Platform.LINKEDIN, "Lea Brandt", AccountKind.MEMBER, "connected"),
)
APPS = (AppLine("Amarktai Marketing", "https://amarktai.com/", ZONE, 9, ACCOUNTS),)
PEOPLE = (
    PersonLine("Lea Brandt", Role.OWNER, ("Slack", "Telegram")),
    PersonLine("Ben Osei", Role.REVIEWER, ("Slack",)),
    PersonLine("Ana Ruiz", Role.REVIEWER, ("Telegram",)),
)
HOME = HomeView(
    "Amarktai",
    "Business",
    (QUEUE,),
    ACCOUNTS,
    (RECONNECT,),
    (UsageLine("Posts today", 9, 36), UsageLine("Pictures this month", 112, 500), UsageLine("Seats", 3, 5)),
    PEOPLE,
)
HELP = HelpView("Business", "chat within 4 hours")
ANALYTICS = AnalyticsView(
    "last 7 days",
    (
        AnalyticsRow(
            Platform.X,
            "@amarktai",
            14,
            {Metric.IMPRESSIONS: 18_240, Metric.LIKES: 312, Metric.COMMENTS: 41, Metric.SHARES: 57},
            {Metric.IMPRESSIONS: 15_100, Metric.LIKES: 330},
        ),
        AnalyticsRow(
            Platform.LINKEDIN, "Amarktai", 7, {Metric.IMPRESSIONS: 6_420, Metric.LIKES: 88, Metric.CLICKS: 129}
        ),
        AnalyticsRow(Platform.LINKEDIN, "Lea Brandt", 7, {Metric.LIKES: 0}),
    ),
    ZONE,
    NINE,
    top=(TopPost(1021, Platform.X, "Stop asking around. Start approving.", Metric.IMPRESSIONS, 4_310, _LINK),),
    chart_alt="Impressions a day, last 7 days: X rises from 1,900 to 3,400, LinkedIn stays near 900",
)
SLOTS = tuple(SLOT + timedelta(hours=hours) for hours in (2, 4, 6, 25, 27))


def face(view: PostView | DigestView | NoticeView, surface: Surface = Surface.SLACK) -> Face:
    """A drawing of `view` with the sample token."""
    place = Place(surface, "T1" if surface is Surface.SLACK else "", "C1")
    return Face(UUID(int=1), UUID(int=2), place, TOKEN, view)


CARDS: dict[str, PostView | DigestView | NoticeView] = {
    "digest": DIGEST,
    "digest: the page cannot be read": UNREADABLE,
    **{f"post: {state.value.replace('_', ' ')}": in_state(state) for state in State},
    **{f"post: {name}": view for name, view in VARIANTS.items()},
    "notice: reconnect": RECONNECT,
    "notice: describe": ALONE,
    "notice: paused": PAUSED,
    "notice: resumed": RESUMED,
    "notice: late": LATE,
}
