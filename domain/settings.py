"""What people choose for a post besides its text: the names under which a payload's `settings` carry it, and what may stand there.

Values are plain strings, because they are hashed, stored and shown as they are. What a name means is the same on each platform.
"""

from enum import StrEnum


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
