"""What a worker is wired with, and what a web process is not."""

import subprocess
import sys

from pydantic import SecretStr

from app.settings import Settings
from app.wiring.worker import open_chats
from domain.card import Surface
from storage.keys import Keyring, Purpose, new_key
from storage.pace import ValkeyPace
from storage.session import Database
from storage.vault import Vault

BOTH = {"slack_signing_secret": SecretStr("s"), "telegram_bot_token": SecretStr("0:SANDBOX")}
NEITHER = {"slack_signing_secret": SecretStr(""), "slack_app_token": SecretStr(""), "telegram_bot_token": SecretStr("")}


async def chats_of(given: dict[str, SecretStr]) -> tuple[set[Surface], set[Surface]]:
    """Where cards are drawn and where files are fetched; nothing is connected to."""
    vault = Vault(Keyring.parse(",".join(new_key(purpose) for purpose in Purpose)))
    pace = ValkeyPace("redis://127.0.0.1:1")
    chats = open_chats(Settings().model_copy(update=given), Database("postgresql://127.0.0.1:1/none"), vault, pace)
    for close in chats.closers:
        await close()
    await pace.close()
    assert {one.surface for one in chats.sources.values()} == set(chats.sources)
    return set(chats.surfaces), set(chats.sources)


async def test_a_worker_draws_in_the_chats_that_are_configured_and_fetches_files_there() -> None:
    both = {Surface.SLACK, Surface.TELEGRAM}
    assert await chats_of(BOTH) == (both, both)
    assert await chats_of(NEITHER) == (set(), set())


def test_a_web_process_has_nothing_that_fetches_files() -> None:
    code = "import sys, app.web; print({'bot.slack.files', 'bot.telegram.files'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
