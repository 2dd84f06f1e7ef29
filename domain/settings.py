"""What people choose for a post besides its text: the names under which a payload's `settings` carry it, and what may stand there.

Values are plain strings, because they are hashed, stored and shown as they are. What a name means is the same on each platform.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.hidden import clean
from domain.platforms import Platform
from domain.slots import resolve_local, zone_named
from domain.text import shorten


class Setting(StrEnum):
    """Names in `Payload.settings`."""

    FORM = "form"
    """A value of `Form`; absent: an ordinary post (Instagram, Facebook)."""
    TITLE = "title"
    """A film's title (YouTube, Facebook)."""
    TAGS = "tags"
    """A film's tags, joined by commas (YouTube)."""
    PRIVACY = "privacy"
    """Who may see it, in the platform's own words (TikTok, YouTube). TikTok has no default: a person chooses."""
    COMMENTS = "comments"
    """"yes" or "no": whether people may comment (TikTok); "no" until a person says yes."""
    DISCLOSURE = "disclosure"
    """TikTok: "none", "own" (your own brand) or "paid" (somebody else's); a person chooses."""
    CONSENT = "consent"
    """"yes" once a person agreed to TikTok's music usage confirmation."""
    MADE_FOR_KIDS = "made_for_kids"
    """"yes" or "no" (YouTube)."""
    SYNTHETIC = "synthetic"
    """"yes" or "no": altered or synthetic, realistic content (YouTube, Instagram, TikTok)."""
    PUBLISH_AT = "publish_at"
    """An instant, ISO 8601 with zone, at which YouTube shows the film; absent: at once."""
    FIRST_COMMENT = "first_comment"
    """A comment of ours under the post, made after it is out."""


class Form(StrEnum):
    """Values of `Setting.FORM`."""

    POST = "post"
    REEL = "reel"
    STORY = "story"


YES, NO = "yes", "no"

LONGEST_TITLE = 100
"""YouTube's limit, in characters; `<` and `>` are not allowed."""
LONGEST_TAGS = 500
"""YouTube's limit for all tags with the commas between them; one with a blank in it costs two more, for its quotes."""
LONGEST_COMMENT = 400
"""Our own limit for a first comment, so that a card shows all of it. Platforms take more, but for Instagram's 300."""


def first_settings(platform: Platform, said: str, hashtags: Sequence[str]) -> dict[str, str]:
    """What a new post begins with, where `said` is what it says in short. Only what nobody has to decide: who may see a
    TikTok is a person's choice alone."""
    if not any(choice.setting is Setting.TITLE for choice in choices_of(platform)):
        return {}
    title = shorten(" ".join(re.sub("[<>]", " ", said).split()), LONGEST_TITLE, len)
    tags = ",".join(tag.lstrip("#") for tag in hashtags)
    return {Setting.TITLE: title, Setting.TAGS: tags, Setting.MADE_FOR_KIDS: NO, Setting.SYNTHETIC: NO}


def by_people(platform: Platform, settings: Mapping[str, str]) -> dict[str, str]:
    """Of a post's settings those that hold for other words too: all but a title and its tags, which say what it is about."""
    asked = {one.setting.value for one in choices_of(platform)} - {Setting.TITLE.value, Setting.TAGS.value}
    return {name: value for name, value in settings.items() if name in asked}


# --- what people choose ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """One possible value. `words` stand in a form; `said` stands on a card where a form says it otherwise."""

    value: str
    words: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One question to a person: `label` in a form, `name` on a card where that is shorter.

    Without options it is answered in words of at most `longest` characters; with a single option it is a box to tick.
    `default` holds while nobody chose; "" where a person must, or where nothing is fine too.
    """

    setting: Setting
    label: str
    options: tuple[Option, ...] = ()
    longest: int = 0
    required: bool = False
    default: str = ""
    hint: str = ""
    name: str = ""
    closed: str = ""
    """What a form says instead of asking, where the account leaves nothing to choose; the default holds."""

    @property
    def short(self) -> str:
        return self.name or self.label

    @property
    def roomy(self) -> bool:
        """Whether its field is better several lines high; the answer is one line all the same."""
        return self.longest > 200

    def said(self, value: str) -> str | None:
        """A value as a card says it; None for one that does not exist."""
        if not self.options:
            return value or None
        return next((one.said or one.words for one in self.options if one.value == value), None)


_NO_OR_YES = (Option(NO, "No", "no"), Option(YES, "Yes", "yes"))
PAID, ONLY_ME = "paid", "SELF_ONLY"
_SYNTHETIC = Choice(
    Setting.SYNTHETIC,
    "Made or altered by AI so that it looks real",
    _NO_OR_YES,
    default=NO,
    hint="A drawn card is neither. A realistic scene that never happened is.",
    name="AI made it look real",
)
_COMMENT = Choice(
    Setting.FIRST_COMMENT,
    "First comment",
    longest=LONGEST_COMMENT,
    hint="Written under the post, by the same account, once the post is out. Leave it empty for none.",
)

_POST = Option(Form.POST, "Ordinary post", "ordinary post")
_INSTAGRAM_FORM = Choice(
    Setting.FORM,
    "What it becomes",
    (
        _POST,
        Option(Form.REEL, "Reel: a film", "reel"),
        Option(Form.STORY, "Story, for a day: one picture or film, without the text", "story, which shows no text"),
    ),
    default=Form.POST,
    hint="Instagram makes a reel of every film that is no story.",
    name="Form",
)
_FACEBOOK_FORM = Choice(
    Setting.FORM,
    "What it becomes",
    (_POST, Option(Form.REEL, "Reel: an upright film of 3 to 90 seconds", "reel")),
    default=Form.POST,
    name="Form",
)

CHOICES: dict[Platform, tuple[Choice, ...]] = {
    Platform.TIKTOK: (
        Choice(
            Setting.PRIVACY,
            "Who may see it",
            (
                Option("PUBLIC_TO_EVERYONE", "Everybody", "everybody"),
                Option("MUTUAL_FOLLOW_FRIENDS", "Friends who follow each other", "friends"),
                Option("FOLLOWER_OF_CREATOR", "Followers", "followers"),
                Option(ONLY_ME, "Only the account itself", "only the account itself"),
            ),
            required=True,
            hint="TikTok wants a person to choose; it offers an account some of these only.",
        ),
        Choice(Setting.COMMENTS, "May people comment?", _NO_OR_YES, default=NO, name="Comments"),
        Choice(
            Setting.DISCLOSURE,
            "What it promotes",
            (
                Option("none", "Nothing", "nothing"),
                Option("own", "Your own brand", "your own brand"),
                Option(PAID, "Somebody else's brand, for pay", "a paid partnership"),
            ),
            required=True,
            hint="TikTok marks it as promotional content, or as a paid partnership.",
        ),
        _SYNTHETIC,
        Choice(
            Setting.CONSENT,
            "TikTok's Music Usage Confirmation",
            (Option(YES, "I agree to TikTok's Music Usage Confirmation", "agreed"),),
            required=True,
            hint="A paid partnership also agrees to TikTok's Branded Content Policy. Both: tiktok.com/legal.",
            name="Music Usage Confirmation",
        ),
    ),
    Platform.YOUTUBE: (
        Choice(Setting.TITLE, "Title", longest=LONGEST_TITLE, required=True),
        Choice(Setting.TAGS, "Tags", longest=LONGEST_TAGS, hint="With commas between them."),
        Choice(
            Setting.PRIVACY,
            "Who may see it",
            (
                Option("public", "Everybody", "everybody"),
                Option("unlisted", "Whoever has the link", "whoever has the link"),
                Option("private", "Only the channel itself", "only the channel itself"),
            ),
            default="public",
        ),
        Choice(
            Setting.PUBLISH_AT,
            "Show it at",
            longest=40,
            hint="As 2026-12-24 18:00, by the clock of the web app's place. Until then only the channel sees it. Empty: at once.",
            name="Shown at",
        ),
        Choice(Setting.MADE_FOR_KIDS, "Made for kids", _NO_OR_YES, default=NO),
        _SYNTHETIC,
        _COMMENT,
    ),
    Platform.INSTAGRAM: (_INSTAGRAM_FORM, _SYNTHETIC, replace(_COMMENT, longest=300)),
    Platform.FACEBOOK: (_FACEBOOK_FORM, _COMMENT,),
    Platform.LINKEDIN: (_COMMENT,),
}  # fmt: skip
"""What is asked, in the order in which it is asked. Sources: TikTok's Content Posting API (privacy without a default,
interactions off, disclosure and consent by a person), YouTube's videos.insert, Instagram's is_ai_generated. TikTok lets no
application comment, and a thread does on X what a comment does elsewhere."""


def choices_of(platform: Platform) -> tuple[Choice, ...]:
    """What a person chooses for a post there; nothing on most platforms."""
    return CHOICES.get(platform, ())


def missing(platform: Platform, settings: Mapping[str, str]) -> tuple[Choice, ...]:
    """What has to be chosen before anybody can approve: nobody did, or it is no longer possible."""
    return tuple(
        one
        for one in choices_of(platform)
        if one.required and one.said(settings.get(one.setting) or one.default) is None
    )


def in_words(platform: Platform, settings: Mapping[str, str]) -> tuple[str, ...]:
    """Every choice in words, as it holds: "Who may see it: everybody"."""
    found = []
    for one in choices_of(platform):
        words = one.said(settings.get(one.setting) or one.default)
        if one.setting is Setting.FORM and words == _POST.said:
            continue  # what an ordinary post is goes without saying
        if words is not None or one.required:
            found.append(f"{one.short}: {words or 'not chosen yet'}")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came in. `settings` are good if there are no `problems`: a sentence each, by the setting that it is about."""

    settings: dict[str, str]
    problems: dict[str, str]


def chosen(platform: Platform, came: Mapping[str, str], choices: Sequence[Choice] | None = None) -> Chosen:
    """Read what a person sent, to `choices` if an account offers fewer than its platform.

    What they left open gets its default; what nobody asked for is left out.
    """
    settings: dict[str, str] = {}
    problems: dict[str, str] = {}
    for one in choices_of(platform) if choices is None else choices:
        value = "" if one.closed else _tidied(one, came.get(one.setting, ""))
        value = value or one.default
        problem = _problem(one, value)
        if problem is not None:
            problems[one.setting.value] = problem
        elif value:
            settings[one.setting.value] = value
    if settings.get(Setting.DISCLOSURE) == PAID and settings.get(Setting.PRIVACY) == ONLY_ME:
        problems[Setting.PRIVACY.value] = (
            "TikTok does not let a paid partnership be private. Choose who else may see it."
        )
    return Chosen(settings, problems)


def revised(platform: Platform, before: Mapping[str, str], anew: Mapping[str, str]) -> dict[str, str]:
    """A post's settings after a person chose: what they were not asked about stays."""
    asked = {one.setting.value for one in choices_of(platform)}
    return {**{name: value for name, value in before.items() if name not in asked}, **anew}


def holding(platform: Platform, settings: Mapping[str, str]) -> dict[str, str]:
    """What the settings mean, defaults included: equal for two that make the same post."""
    defaults = {one.setting.value: one.default for one in choices_of(platform) if one.default}
    return {**defaults, **{name: value for name, value in settings.items() if value}}


def _tidied(one: Choice, value: str) -> str:
    line = " ".join(clean(value).split())
    if one.setting is not Setting.TAGS:
        return line
    tags = (tag.strip().lstrip("#").strip() for tag in line.split(","))
    return ",".join(dict.fromkeys(tag for tag in tags if tag))


def _problem(one: Choice, value: str) -> str | None:
    """What is wrong with a value, and what to do about it."""
    if not value:
        return f"{_WANTED.get(one.setting, 'Choose one.')}" if one.required else None
    if one.options:
        return None if one.said(value) is not None else "This is not one of the choices. Choose one of them."
    if one.setting is Setting.PUBLISH_AT:
        return None if _has_zone(value) else "This is no time that can be read. Write it as 2026-12-24 18:00."
    if one.setting is not Setting.FIRST_COMMENT and set("<>") & set(value):
        return "The signs < and > are not allowed here. Leave them out."
    counted = _tags_length(value) if one.setting is Setting.TAGS else len(value)
    if counted > one.longest:
        return f"This has {counted} of {one.longest} characters. Shorten it by {counted - one.longest}."
    return None


def _has_zone(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def with_zone(settings: Mapping[str, str], zone: str) -> dict[str, str]:
    """What a person sent, with the time that they wrote by the clock on their wall as an instant: "2026-12-24 18:00+01:00"."""
    written = " ".join(settings.get(Setting.PUBLISH_AT, "").split())
    try:
        wall = datetime.fromisoformat(written)
        if wall.tzinfo is None:
            wall = resolve_local(zone, wall).astimezone(zone_named(zone))
    except (ValueError, OverflowError):
        return dict(settings)  # read again by `chosen`, which says what is wrong with it
    return {**settings, Setting.PUBLISH_AT.value: wall.isoformat(" ", "minutes")}


_WANTED = {
    Setting.PRIVACY: "Choose who may see it.",
    Setting.DISCLOSURE: "Say what it promotes.",
    Setting.CONSENT: "TikTok takes nothing without this. Tick it if you agree.",
    Setting.TITLE: "Give it a title.",
}


def _tags_length(tags: str) -> int:
    return len(tags) + sum(2 for tag in tags.split(",") if " " in tag)
