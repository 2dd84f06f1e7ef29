"""Drawing from the web process, for the one thing that workers cannot say themselves: that they are silent."""

from uuid import UUID

import structlog

from app.settings import Settings
from pipeline.broker import Hints
from pipeline.media_links import MediaLinks
from storage.blobs import Media
from storage.session import Database
from storage.vault import Vault

log = structlog.get_logger(__name__)


class AtOnce:
    """No pace: a notice is one message, and the Valkey that keeps the pace may be what is away."""

    async def reserve(self, key: str, *, burst: int, per_minute: float, spare: bool = False) -> float:
        return 0.0


class Drawing:
    """Draws what a chat wants. The chats' clients are made for the occasion: a web process has no other use for them."""

    def __init__(
        self, settings: Settings, database: Database, vault: Vault, media: Media, links: MediaLinks, hints: Hints
    ) -> None:
        self._settings, self._database, self._vault = settings, database, vault
        self._media, self._links, self._hints = media, links, hints

    async def __call__(self, workspace_id: UUID, chat_id: UUID) -> None:
        """Never raises: whoever looked goes on looking."""
        from app.wiring.shared import budgets_of, soon_of, worker_name
        from app.wiring.worker import open_chats
        from pipeline.draw import Delivery, draw_chat

        pace, settings = AtOnce(), self._settings
        chats = open_chats(settings, self._database, self._vault, pace)
        delivery = Delivery(
            self._database, chats.surfaces, self._media, pace, self._hints, worker_name(), self._links.for_people,
            budgets_of(settings), soon_of(settings),
        )  # fmt: skip
        try:
            await draw_chat(workspace_id, chat_id, delivery)
        except Exception as error:  # a chat that is away too must not end the watch  # noqa: BLE001
            log.warning("the silence of the workers was not shown", why=type(error).__name__)
        finally:
            for close in chats.closers:
                await close()
