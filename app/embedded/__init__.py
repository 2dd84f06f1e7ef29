"""Real PostgreSQL and Valkey from wheels, for a machine that has neither. They die with whoever starts them."""

from app.embedded.errors import AlreadyRunning, EmbeddedError
from app.embedded.servers import Embedded, Servers, attend, erase

__all__ = ["AlreadyRunning", "Embedded", "EmbeddedError", "Servers", "attend", "erase"]
