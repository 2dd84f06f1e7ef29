"""Long-running processes do not load what they never use."""

import subprocess
import sys

LOOK = """
import sys
from app.lean import load_without_rich
load_without_rich()
import app.web, app.wiring.web, app.log
print(sorted({name.partition(".")[0] for name in sys.modules} & {"rich"}))
import rich.console
"""


def test_a_web_process_logs_without_rich_and_whoever_wants_it_still_gets_it() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
