"""What Facebook allows on a Page. Sources: Meta's pages on reels and on rate limits, 2026."""

from domain.publishing import Reads, Window

WINDOWS = (Window(30, 86_400),)
"""30 reels a Page in 24 hours; of other posts no limit is documented. The lower bound holds for all."""

READS = Reads(200, 3_600, 100)
"""Meta: 200 calls an hour and user of the application."""

PAGE = 100
DEEPEST_PAGES = 6
"""Meta lists some 600 posts of a year."""

REEL_PIXELS = (540, 960)
REEL_SECONDS = (3.0, 90.0)
REEL_RATE = (24.0, 60.0)
REEL_RATIO, RATIO_TOLERANCE = 9 / 16, 0.01

POLL_SECONDS = (1.0, 2.0, 3.0, 5.0, 5.0, 10.0, 10.0, 10.0, 15.0)
"""How long a film's processing is waited for in one go; after that the post comes back later."""

AGAIN_SECONDS = 30

COMMENT_CHARACTERS = 8_000
"""Of a comment; seen in 2026, Meta's reference names none."""
