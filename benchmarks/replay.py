"""The floor of the story `publishing`: the very calls that a worker made, made again by one httpx client and nothing else.

Run as `python -m benchmarks.replay PORT FILE CONCURRENT`; the file holds posts, each a list of its calls in order, as JSON.
Prints the seconds that it took, and the processor time, as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import uvloop

from benchmarks.platforms import Call


async def replay(port: int, posts: list[list[Call]], concurrent: int) -> tuple[float, float]:
    """So many posts at once, the calls of each one after the other. Seconds, and seconds of processor time."""
    limits = httpx.Limits(max_connections=concurrent, max_keepalive_connections=concurrent)
    waiting = iter([[_request(port, call) for call in calls] for calls in posts])
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=30) as client:
        began, worked = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrent):
                group.create_task(_work(client, waiting))
        return time.perf_counter() - began, time.process_time() - worked


async def _work(client: httpx.AsyncClient, waiting: Iterator[list[httpx.Request]]) -> None:
    for requests in waiting:
        for request in requests:
            (await client.send(request)).raise_for_status()


def _request(port: int, call: Call) -> httpx.Request:
    return httpx.Request(call.method, f"http://127.0.0.1:{port}{call.path}", headers=call.headers, content=call.content)


def main() -> None:
    port, file, concurrent = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    posts = [[Call(**call) for call in calls] for calls in json.loads(file.read_bytes())]
    print(json.dumps(uvloop.run(replay(port, posts, concurrent))))


if __name__ == "__main__":
    main()
