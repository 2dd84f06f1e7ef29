"""Moved to domain.views: steps fill these, chats render them."""

from domain.views import *  # noqa: F403
