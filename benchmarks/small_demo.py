"""The demonstration with two platforms and six posts: fewer first cards to wait for than the whole one has.

Run as `python -m benchmarks.small_demo demo --fresh`, like the product's own command.
"""

from app.cli import main
from app.demo import setup
from domain.platforms import Platform

if __name__ == "__main__":
    setup.CONNECTED = (Platform.X, Platform.LINKEDIN)
    setup.POSTS_A_DAY = ("00:00", "00:01")
    main()
