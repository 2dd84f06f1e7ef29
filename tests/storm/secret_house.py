"""A house in which every secret bears a mark, at DEBUG, in a process of its own: `tests/journeys/whole_house.py` with canaries.

Usage: python secret_house.py HOME LEAD SPACING POSTS_A_DAY.
"""

import base64
import json
import os
import secrets
import sys
from pathlib import Path

from app.demo import house as houses
from storage.keys import Purpose
from tests.journeys import whole_house
from tests.storm.canaries import MARK, canary

TWINS = Path(__file__).with_name("canary_twins.py")


def furnish(home: Path) -> None:
    """The secrets of a demonstration and of its sandbox, made before they make them: all marked."""
    (home / "sandbox").mkdir(parents=True)
    keys = ",".join(f"{purpose}:{purpose[:1]}{secrets.token_hex(4)}:{_key(purpose)}" for purpose in Purpose)
    (home / "demo.json").write_text(json.dumps({"keys": keys, "webhook_secret": canary("webhook")}))
    public = {f"{name}_client_id": f"sandbox-{name}-client" for name in ("x", "linkedin", "facebook", "google")}
    made = {
        f"{name}_client_secret": canary(name) for name in ("slack", "x", "linkedin", "facebook", "google", "tiktok")
    }
    others = {
        "slack_client_id": "sandbox.123456789012",
        "tiktok_client_key": "sandbox-tiktok-key",
        "slack_signing_secret": canary("signing"),
        "slack_app_token": f"xapp-{canary('app')}",
        "telegram_bot_token": f"1000001:SANDBOX-{canary('bot')}",
    }
    (home / "sandbox" / "secrets.json").write_text(json.dumps({**public, **made, **others}))
    for file in (home / "demo.json", home / "sandbox" / "secrets.json"):
        file.chmod(0o600)


def _key(purpose: Purpose) -> str:
    """Thirty-two bytes that begin with the mark."""
    return base64.b64encode((MARK.encode() + purpose.encode() + secrets.token_bytes(32))[:32]).decode()


def main(home: Path, lead: float, spacing: float, posts_a_day: int) -> None:
    os.environ["LOG_LEVEL"] = "debug"
    furnish(home)
    plain = houses.sandbox_argv
    houses.sandbox_argv = lambda house: (plain(house)[0], str(TWINS), *plain(house)[3:])
    whole_house.main(home, lead, spacing, posts_a_day)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
