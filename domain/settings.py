"""What people choose for a post besides its text: the names under which a payload's `settings` carry it, and what may stand there.

Values are plain strings, because they are hashed, stored and shown as they are. What a name means is the same on each platform.
"""

import re
from enum import StrEnum

from domain.draft import Draft
from domain.platforms import Platform
from domain.text import shorten


class Setting(StrEnum):
    """Names in `Payload.settings`."""

    FORM = "form"
    """"reel" or "story"; absent: an ordinary post."""
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

    REEL = "reel"
    STORY = "story"


YES, NO = "yes", "no"

LONGEST_TITLE = 100
"""YouTube's limit, in characters; `<` and `>` are not allowed."""


def first_settings(platform: Platform, draft: Draft) -> dict[str, str]:
    """What a new post begins with. Only what nobody has to decide: who may see a TikTok is a person's choice alone."""
    if platform is not Platform.YOUTUBE:
        return {}
    said = draft.picture.headline if draft.picture else draft.text.partition("\n")[0]
    title = shorten(" ".join(re.sub("[<>]", " ", said).split()), LONGEST_TITLE, len)
    tags = ",".join(tag.lstrip("#") for tag in draft.hashtags)
    return {Setting.TITLE: title, Setting.TAGS: tags, Setting.MADE_FOR_KIDS: NO, Setting.SYNTHETIC: NO}
