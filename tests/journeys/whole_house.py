"""The demonstration's processes with two workers, set up, in a process of its own that stays until told to stop.

Usage: python whole_house.py HOME LEAD SPACING POSTS_A_DAY. One line of JSON tells that everything runs.
"""

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

import app.demo.setup as demo_setup
import app.processes as processes
from app.demo import house as houses
from app.demo.house import Tempo
from app.demo.people import Sandbox
from app.demo.run import set_up_once, start_everything
from app.embedded import Embedded
from domain.platforms import Platform

WORKERS = ("worker", "worker-2")


async def stay(house: houses.House, embedded: Embedded, servers: object, tempo: Tempo) -> None:
    async with processes.Supervisor(say) as supervisor, httpx.AsyncClient(timeout=20, trust_env=False) as client:
        embedded.hand_over(supervisor)
        url = house.web + "/"
        env = await start_everything(house, servers, supervisor, client, url, tempo, say, workers=WORKERS)
        await set_up_once(house, url, env, client, say)
        # Telegram lets a bot write twenty messages a minute to a group: a storm would be over before its cards are drawn.
        await Sandbox(house.sandbox, client).post("telegram/kick", chat=demo_setup.GROUP)
        owner = urlsplit(servers.database_url)
        place = {
            "web": house.web,
            "sandbox": house.sandbox,
            "redis": servers.redis_url,
            "database": urlunsplit(urlsplit(embedded.superuser_url)._replace(path=owner.path)),
        }
        print(json.dumps(place), flush=True)
        await supervisor.wait()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(home: Path, lead: float, spacing: float, posts_a_day: int) -> None:
    # A storm kills each process every few seconds; the pauses that spare a machine a crash loop would make it one long pause.
    processes.LONGEST_PAUSE, processes.STEADY_AFTER = 0.5, 5.0
    demo_setup.CONNECTED = (
        (Platform.X,),
        (Platform.LINKEDIN,),
    )  # no films: a storm is about many posts, not about large ones
    demo_setup.POSTS_A_DAY = tuple(f"00:{minute:02}" for minute in range(posts_a_day))  # passed by now
    house = houses.enter(home, fresh=False, say=say)
    embedded = Embedded(house.home, say=say)
    servers = embedded.start()
    try:
        asyncio.run(stay(house, embedded, servers, Tempo(lead=lead, spacing=spacing, settle=3, measures=0.004)))
    finally:
        embedded.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
