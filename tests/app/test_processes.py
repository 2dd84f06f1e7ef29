"""Children: they come back when they fall, stop when asked, and never outlive whoever started them."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from app.processes import LONGEST_PAUSE, Command, Supervisor, pause_before, rotate, wait_until_answers

ROOT = Path(__file__).parents[2]
SLEEP = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
WITH_CHILD = f"""
import subprocess, sys
print("child", subprocess.Popen([sys.executable, "-c", {SLEEP!r}]).pid, flush=True)
{SLEEP}
"""
SUPERVISOR = """
import asyncio, os, sys
from pathlib import Path
from app.deathsignal import die_with_parent
from app.processes import Command, Supervisor

async def main(logs):
    async with Supervisor() as supervisor:
        for name in ("one", "two"):
            supervisor.start(Command(name, (sys.executable, "-c", {program!r}), logs / f"{{name}}.log"))
        print("pids", os.getpid(), *supervisor.pids.values(), flush=True)
        await supervisor.wait()
    print("stopped", flush=True)

die_with_parent()
asyncio.run(main(Path(sys.argv[1])))
"""


def command(tmp_path: Path, program: str = SLEEP, **more) -> Command:
    return Command("child", (sys.executable, "-c", program), tmp_path / "logs" / "child.log", **more)


def alive(pid: int) -> bool:
    """Whether the process runs; one that is dead and only not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def until(condition, what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.02)


def wrote(log: Path, words: str) -> bool:
    return log.exists() and words in log.read_text()


async def test_a_killed_child_is_started_again_and_that_is_said(tmp_path):
    said = []
    async with Supervisor(said.append) as supervisor:
        supervisor.start(command(tmp_path))
        first = supervisor.pids["child"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.pids.get("child", first) != first, "a second process")
        second = supervisor.pids["child"]
    assert "child was ended by SIGKILL and is started again" in said[0]
    assert not alive(second)


async def test_a_killed_child_takes_its_own_children_along(tmp_path):
    log = tmp_path / "logs" / "child.log"
    async with Supervisor(lambda _: None) as supervisor:
        supervisor.start(command(tmp_path, WITH_CHILD))
        await until(lambda: wrote(log, "up"), "the grandchild is up")
        grandchild = int(log.read_text().split()[1])
        os.kill(supervisor.pids["child"], signal.SIGKILL)
        await until(lambda: not alive(grandchild), "the grandchild is gone")


async def test_a_child_that_will_not_stop_is_killed_after_its_grace(tmp_path):
    said = []
    async with Supervisor(said.append) as supervisor:
        supervisor.start(command(tmp_path, STUBBORN, grace=0.2))
        await until(lambda: wrote(tmp_path / "logs" / "child.log", "up"), "the child is up")
        child = supervisor.pids["child"]
    assert not alive(child)
    assert said == ["child did not stop within 0.2 s and is killed"]


async def test_children_stop_in_the_reverse_order_of_their_start(tmp_path):
    order = tmp_path / "order"
    program = f"""
import signal, sys, time
def stop(*_):
    open({str(order)!r}, "a").write(sys.argv[1]); sys.exit()
signal.signal(signal.SIGTERM, stop)
{SLEEP}
"""
    async with Supervisor() as supervisor:
        for name in "abc":
            supervisor.start(Command(name, (sys.executable, "-c", program, name), tmp_path / f"{name}.log"))
        await until(lambda: all(wrote(tmp_path / f"{name}.log", "up") for name in "abc"), "all are up")
    assert order.read_text() == "cba"


async def test_a_program_that_does_not_exist_is_tried_again_until_the_end_is_asked_for(tmp_path):
    said = []
    async with Supervisor(said.append) as supervisor:
        supervisor.start(Command("ghost", ("/nowhere/ghost",), tmp_path / "ghost.log"))
        await until(lambda: len(said) >= 2, "a second try")
    assert "ghost ended with code 126" in said[0]
    assert "/nowhere/ghost cannot be run" in (tmp_path / "ghost.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_ctrl_c_a_stop_and_a_closed_terminal_leave_no_process_behind(tmp_path, number):
    supervisor, pids = await _start_supervisor(tmp_path)
    supervisor.send_signal(number)
    assert b"stopped" in supervisor.communicate(timeout=20)[0]
    assert supervisor.returncode == 0
    await until(lambda: not any(map(alive, pids)), "all are gone")


@pytest.mark.parametrize("program", [SLEEP, STUBBORN])
async def test_a_killed_supervisor_leaves_no_process_behind(tmp_path, program):
    supervisor, pids = await _start_supervisor(tmp_path, program)
    supervisor.kill()
    supervisor.communicate(timeout=20)
    await until(lambda: not any(map(alive, pids)), "all are gone")


async def test_a_killed_make_leaves_no_process_behind(tmp_path):
    script = tmp_path / "supervisor.py"
    script.write_text(SUPERVISOR.format(program=SLEEP))
    recipe = f"demo:\n\t@exec env AMARKTAI_DIES_WITH=$$PPID {sys.executable} {script} {tmp_path}\n"
    (tmp_path / "Makefile").write_text(recipe)
    make = subprocess.Popen(["make", "-s", "-C", tmp_path], stdout=subprocess.PIPE, env=_environment())
    pids = await _pids_of(make)
    make.kill()
    make.communicate(timeout=20)
    await until(lambda: not any(map(alive, pids)), "all are gone")


async def test_a_process_whose_parent_is_gone_already_ends_at_once(tmp_path):
    program = "from app.deathsignal import die_with_parent; die_with_parent(1 << 22); print('still here')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=_environment(), check=False)
    assert (done.returncode, done.stdout) == (75, b"")


def test_pauses_double_to_ten_seconds_and_are_spread():
    assert 0.1 <= pause_before(0) <= 0.2
    assert all(LONGEST_PAUSE / 2 <= pause_before(restart) <= LONGEST_PAUSE for restart in (6, 7, 1000))
    assert len({pause_before(9) for _ in range(20)}) > 1


def test_a_log_that_grew_too_large_is_moved_aside_twice_and_then_forgotten(tmp_path):
    log = tmp_path / "web.log"
    for words in ("first", "second", "third", "4"):
        with log.open("a") as writer:
            writer.write(words)
        rotate(log, limit=2)
    assert log.read_text() == "4"
    assert [(tmp_path / f"web.log.{n}").read_text() for n in (1, 2)] == ["third", "second"]


async def test_waiting_for_an_address_that_never_answers_ends_with_its_name(unused_tcp_port):
    with pytest.raises(TimeoutError, match=f"http://127.0.0.1:{unused_tcp_port}/ did not come up"):
        await wait_until_answers(f"http://127.0.0.1:{unused_tcp_port}/", timeout=0.2)


async def _start_supervisor(tmp_path: Path, program: str = SLEEP) -> tuple[subprocess.Popen[bytes], list[int]]:
    code = textwrap.dedent(SUPERVISOR.format(program=program))
    supervisor = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT, env=_environment()
    )
    pids = await _pids_of(supervisor)
    await until(lambda: all(wrote(tmp_path / f"{name}.log", "up") for name in ("one", "two")), "both are up")
    return supervisor, pids


async def _pids_of(started: subprocess.Popen[bytes]) -> list[int]:
    assert started.stdout is not None
    line = await asyncio.to_thread(started.stdout.readline)
    return [int(word) for word in line.split()[1:]]


def _environment() -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": str(ROOT)}
