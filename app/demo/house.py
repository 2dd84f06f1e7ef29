"""Where a demonstration lives: its folder, its ports, its keys, and the environment that its processes get."""

import json
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from app.embedded import EmbeddedError, Servers, erase
from app.logins import url_of
from app.settings import ENVIRONMENT_ONLY, Settings
from storage.keys import Keyring, Purpose, new_key

WEB_PORT, SANDBOX_PORT, PAGE_PORT = 4000, 4010, 4020
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class House:
    """One demonstration. Addresses stay the same from one start to the next unless a port is taken."""

    home: Path
    web_port: int
    sandbox_port: int
    page_port: int
    keys: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    claims: tuple[socket.socket, ...] = field(default=(), repr=False)
    """Keep other demonstrations on this machine away from our ports, as long as this process lives."""

    def close(self) -> None:
        """Let other demonstrations have the ports."""
        for claim in self.claims:
            claim.close()

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.page_port}/"

    @property
    def set_up_mark(self) -> Path:
        """Exists once Slack is installed, the chats linked and the accounts connected."""
        return self.home / "set-up.json"


@dataclass(frozen=True, slots=True)
class Tempo:
    """How fast the day goes by. Seconds, but for `measures`, which shortens the schedule of readings."""

    lead: float
    spacing: float
    settle: float
    measures: float


AT_LEISURE = Tempo(lead=50, spacing=45, settle=8, measures=0.02)
"""For people: the first approved post is live within a minute, and the last slot leaves time to look around."""
UNATTENDED = Tempo(lead=40, spacing=1, settle=3, measures=0.004)


def enter(home: Path, *, fresh: bool, say: Say) -> House:
    """The house in `home`, furnished anew if wanted. Secrets are made once and kept with mode 0600."""
    if fresh and home.exists():
        erase(home)
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    kept = _kept(home / "demo.json")
    wanted = ((WEB_PORT, "app"), (SANDBOX_PORT, "sandbox"), (PAGE_PORT, "page"))
    (web, sandbox, page), claims = zip(*(_free(number, name, say) for number, name in wanted), strict=True)
    return House(home, web, sandbox, page, kept["keys"], kept["webhook_secret"], claims)


def environments(
    house: House, servers: Servers, twins: Mapping[str, str], origin: str, tempo: Tempo
) -> dict[str, dict[str, str]]:
    """The environment of each process: every one gets its own login and only the keys that it needs."""
    keyring = Keyring.parse(house.keys)
    settings = Settings.model_construct(database_url=SecretStr(servers.database_url), database_app_url=SecretStr(""))
    common = {
        **{name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
        **{name: value for name, value in twins.items() if name != "SLACK_APP_TOKEN"},
        ENVIRONMENT_ONLY: "1",
        "AMARKTAI_HOME": str(house.home),
        "AMARKTAI_BASE_URL": house.web,
        "REDIS_URL": servers.redis_url,
        "TELEGRAM_WEBHOOK_SECRET": house.webhook_secret,
        "RESEARCH_ALLOW_ORIGIN": origin,
        "SETTLE_SECONDS": f"{tempo.settle:g}",
        "SLOT_LEAD_SECONDS": f"{tempo.lead:g}",
        "SLOT_SPACING_SECONDS": f"{tempo.spacing:g}",
        "MEASURE_PACE": f"{tempo.measures:g}",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "info"),
    }
    chat_only = ",".join(part for part in house.keys.split(",") if part.startswith(f"{Purpose.CHAT}:"))
    web = {**common, "AMARKTAI_KEYS": chat_only, "DATABASE_APP_URL": url_of("amarktai_web", settings, keyring)}
    worker = {**common, "AMARKTAI_KEYS": house.keys, "DATABASE_APP_URL": url_of("amarktai_worker", settings, keyring)}
    owner = {**common, "AMARKTAI_KEYS": house.keys, "DATABASE_URL": servers.database_url}
    return {"web": web, "worker": worker, "clock": worker, "migrate": owner, "plan": worker}


_OURS = (
    "AMARKTAI_",
    "DATABASE_",
    "REDIS_",
    "SLACK_",
    "TELEGRAM_",
    "X_",
    "LINKEDIN_",
    "FACEBOOK_",
    "TIKTOK_",
    "GOOGLE_",
    "YOUTUBE_",
    "SETTLE_",
    "GRACE_",
    "SLOT_",
    "MEASURE_",
    "RESEARCH_",
    "MEDIA_",
    "ANCHOR_",
    "LOG_",
)
"""A demonstration takes none of the operator's own settings: it must never speak to a real platform."""


def sandbox_argv(house: House) -> tuple[str, ...]:
    """The command line of the sandbox."""
    place = ("--port", str(house.sandbox_port), "--home", str(house.home / "sandbox"))
    return (sys.executable, "-m", "sandbox", *place, "--product", house.web)


def _kept(file: Path) -> dict[str, str]:
    if file.exists():
        kept: dict[str, str] = json.loads(file.read_text())
        return kept
    made = {"keys": ",".join(new_key(purpose) for purpose in Purpose), "webhook_secret": secrets.token_urlsafe(32)}
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(made, out)
    return made


def _free(wanted: int, name: str, say: Say) -> tuple[int, socket.socket]:
    """The port, or the next one that nobody listens on, which is said aloud; and the claim to it."""
    for port in range(wanted, wanted + 10):
        claim = _claim(port)
        if claim is None:
            continue
        if _nobody_listens(port):
            if port != wanted:
                say(f"Port {wanted} is taken, so the {name} listens on {port}.")
            return port, claim
        claim.close()
    raise EmbeddedError(f"Ports {wanted} to {wanted + 9} are all taken: stop what listens there and try again.")


def _claim(port: int) -> socket.socket | None:
    """A name that one process at a time can hold; None when another demonstration holds it.

    Its server binds the port seconds later, and two demonstrations that start at once must not meet there.
    """
    claim = socket.socket(socket.AF_UNIX)
    if sys.platform.startswith("linux"):  # elsewhere sockets without a file do not exist, and nothing is claimed
        try:
            claim.bind(f"\0amarktai-demo-port-{port}")
        except OSError:
            claim.close()
            return None
    return claim


def _nobody_listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
