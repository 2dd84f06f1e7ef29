"""What Instagram allows. Source: Meta's content publishing pages, Graph API v26.0, November 2026."""

from domain.publishing import Reads, Window

WINDOWS = (Window(50, 86_400),)
"""Posts, reels and stories in any 24 hours; Meta says 50 in one place and 100 in another, and tells an account's own
number (`content_publishing_limit`), which is asked before each post and can only tighten this."""

READS = Reads(200, 3_600, 100)
"""Meta: 200 calls an hour and user of the application."""

QUOTA_WAIT_SECONDS = 1_800
"""When the number is used up nobody tells when the oldest post leaves the window: asked again after so long."""

CONTAINER_SECONDS = 86_400
"""How long a container can be published."""
CONTAINER_MARGIN_SECONDS = 900
"""A container must outlive the attempt by so much, or a new one is made."""

HASHTAGS, MENTIONS = 30, 20
COMMENT_UNITS, COMMENT_HASHTAGS, COMMENT_LINKS = 300, 4, 1
CAROUSEL = (2, 10)
RATIO = (0.8, 1.91)
"""Width over height of pictures in the feed: 4:5 to 1.91:1. Stories take any."""

WIDEST_FILM = 1_920
FILM_BITS_A_SECOND = 25_000_000
STORY_SECONDS, STORY_BYTES = 60.0, 100_000_000
PICTURE_TYPE, FILM_TYPES = "image/jpeg", ("video/mp4",)
"""Instagram also takes MOV; our own addresses do not show it."""
AUDIO_CODECS = ("", "mp4a")

POLL_SECONDS = (0.5, 1.0, 2.0, 3.0, 5.0, 5.0, 10.0, 10.0, 10.0, 10.0)
"""Pauses between two looks at a container, a minute in all; then the post waits, and goes on with the same container."""
STILL_WORKING_SECONDS = 60

PAGE, DEEPEST_PAGES = 50, 20
"""Of the listing of the account's own posts."""
STORY_LISTED_SECONDS = 86_400
"""Stories are listed for a day."""
