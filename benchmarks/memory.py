"""Memory of the web and the worker process after work, against a bare interpreter that imports what they have loaded."""

import subprocess
import sys

from app.processes import wait_until_answers
from benchmarks.clicks import click
from benchmarks.figures import Figure, at_most, figure, ratios
from benchmarks.load import drive
from benchmarks.ours import opened
from benchmarks.planting import Planter, make_places
from benchmarks.processes import family, pss_mib, rss_mib
from benchmarks.slot import beating
from benchmarks.stage import Stage, free_port

TITLE = "Memory after work (/proc), against the bare import of what is used"
WEB = "app.cli app.web app.wiring.web uvloop httptools uvicorn.protocols.http.httptools_impl"
WORKER = "app.cli app.worker app.wiring.worker bot.slack.surface uvicorn"
BARE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
status = open("/proc/self/status").read()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))
"""


async def run(stage: Stage, quick: bool) -> list[Figure]:
    scene = stage.scene()
    places = await make_places(scene, 4)
    port, clicks = free_port(), 40 if quick else 2000
    with opened(scene) as ours:
        web, worker, _ = ours.start("web", "--port", str(port)), ours.start("worker"), ours.start("clock")
        await wait_until_answers(f"http://127.0.0.1:{port}/health/ready")
        await beating(scene)
        planter = Planter(scene)
        posts = [post for place in places for post in planter.in_review(place, clicks // 4)]
        outcome = await drive(port, [click(post) for post in posts], 32)
        assert outcome.all_good
        rounds = 1 if quick else 5
        figures = [_measured("web", web, WEB, 130, rounds), _measured("worker", worker, WORKER, 115, rounds)]
    return [line for lines in figures for line in lines]


def _measured(name: str, pid: int, modules: str, limit: float, rounds: int) -> list[Figure]:
    bare = [_bare(modules) for _ in range(rounds)]
    resident = [rss_mib(pid)] * len(bare)
    children = [rss_mib(child) for child in family(pid)[1:]]
    return [
        figure(f"{name}: resident", resident[:1], "MiB", at_most(limit)),
        figure(f"{name}: against the bare import", ratios(resident, bare), "×", at_most(1.15)),
        figure(f"{name}: bare import", bare, "MiB"),
        figure(f"{name}: proportional share (PSS)", [pss_mib(pid)], "MiB"),
        *([figure(f"{name}: its helper processes", children, "MiB")] if children else []),
    ]


def _bare(modules: str) -> float:
    """Resident MiB of an interpreter that imported the modules and did nothing else."""
    done = subprocess.run([sys.executable, "-c", BARE, *modules.split()], capture_output=True, text=True, check=True)
    return float(done.stdout) / 1024
