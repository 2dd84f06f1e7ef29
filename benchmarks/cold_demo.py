"""The demonstration: from the command, with nothing there yet but the installed product, to the first card in the chat."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from app.embedded import erase
from app.processes import Command, end, spawn
from benchmarks.figures import Figure, at_most, figure
from benchmarks.processes import family
from benchmarks.stage import Stage

TITLE = "Cold demonstration"
PATIENCE = 90.0


async def run(stage: Stage, quick: bool) -> list[Figure]:
    times = [await _first_card() for _ in range(1 if quick else 3)]
    return [figure("`make demo FRESH=1`, installed, to the first post's card in Slack", times, "s", at_most(20))]


async def _first_card() -> float:
    with tempfile.TemporaryDirectory(prefix="amarktai-bench-demo-") as folder:
        home, log = Path(folder), Path(folder) / "demo.log"
        command = Command(
            "demo", (sys.executable, "-m", "app", "demo", "--fresh"), log,
            env={**os.environ, "AMARKTAI_HOME": str(home)}, grace=40.0,
        )  # fmt: skip
        begun = time.perf_counter()
        process = spawn(command)
        try:
            await asyncio.wait_for(_card(process), PATIENCE)
            return time.perf_counter() - begun
        except TimeoutError:
            raise SystemExit(f"The demonstration showed no card:\n{log.read_text()}") from None
        finally:
            end(process, command.stop_signal, command.grace)
            erase(home / "demo")


async def _card(process: "subprocess.Popen[bytes]") -> None:
    """Until a post's card stands in the sandbox's review channel."""
    address, _ = await sandbox_of(process)
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        while process.poll() is None:
            with contextlib.suppress(httpx.HTTPError, ValueError, KeyError):
                answer = await client.get(f"{address}/_sandbox/slack/messages", params={"channel": "C0REVIEW"})
                if any(_is_post(message) for message in answer.json()["messages"]):
                    return
            await asyncio.sleep(0.1)
    raise SystemExit("The demonstration ended by itself.")


async def sandbox_of(process: "subprocess.Popen[bytes]") -> tuple[str, str]:
    """Where this very demonstration's sandbox and web process are: other ones may run on the machine."""
    while process.poll() is None:
        for child in family(process.pid)[1:]:
            with contextlib.suppress(OSError):
                argv = Path(f"/proc/{child}/cmdline").read_text().split("\0")
                if "sandbox" in argv and "--product" in argv:
                    return f"http://127.0.0.1:{argv[argv.index('--port') + 1]}", argv[argv.index("--product") + 1]
        await asyncio.sleep(0.05)
    raise SystemExit("The demonstration ended by itself.")


def _is_post(message: dict[str, Any]) -> bool:
    """Post cards stand in the digest's thread and have buttons."""
    in_thread = message.get("thread_ts") not in (None, message["ts"])
    return in_thread and any(block["type"] == "actions" for block in message.get("blocks", []))
