"""The demonstration with two platforms, six posts, and slots an hour away: its cards change when somebody clicks, and only then.

Run as `python -m benchmarks.small_demo demo --fresh`, like the product's own command.
"""

from dataclasses import replace

from app.cli import main
from app.demo import house, setup
from domain.platforms import Platform

if __name__ == "__main__":
    setup.CONNECTED = ((Platform.X,), (Platform.LINKEDIN,))
    setup.POSTS_A_DAY = ("00:00", "00:01")
    house.AT_LEISURE = replace(house.AT_LEISURE, lead=3600.0)
    main()
