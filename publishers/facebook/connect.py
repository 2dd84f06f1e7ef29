"""Connecting Pages of Facebook: one consent, the Pages on which the person may post, each with its own token."""

from dataclasses import dataclass

from domain.platforms import Platform
from domain.rights import COMMENTING, PORTFOLIO
from domain.secret import Secret
from publishers.contract import AccountKind, Grant, GrantRefused, Identity
from publishers.meta import Graph
from publishers.meta_login import POSTING, MetaLogin

REQUIRED = ("pages_show_list", "pages_read_engagement", "pages_manage_posts")
SCOPES = (*REQUIRED, "read_insights", COMMENTING[Platform.FACEBOOK], PORTFOLIO)
"""Without the last three there are no figures, no first comments, and no Pages of a business portfolio."""


@dataclass(frozen=True)
class FacebookConnector(MetaLogin):
    """Fulfils `Connector`."""

    async def identities(self, grant: Grant) -> tuple[Identity, ...]:
        """The Pages that the person showed to us and may post on. Raises `GrantRefused`, `TryLater`."""
        pages = await self.pages(grant.access_token)
        open_to_us = [page for page in pages if not page.tasks or POSTING in page.tasks]
        if not open_to_us:
            named = f" On {', '.join(page.name for page in pages)} you may not post." if pages else ""
            hidden = (
                "" if PORTFOLIO in grant.scopes else f" If it belongs to a business portfolio, allow {PORTFOLIO}, too."
            )
            raise GrantRefused(
                f"Facebook shows us no Page on which you may post.{named} Connect again and choose a Page that you manage."
                f"{hidden}"
            )
        return tuple(
            Identity(AccountKind.ORGANISATION, page.id, page.name, f"{self.graph.site}/{page.id}", page.token)
            for page in open_to_us
        )


def connector(graph: Graph, authorize: str, client_id: str, client_secret: Secret) -> FacebookConnector:
    return FacebookConnector(graph, authorize, client_id, client_secret, Platform.FACEBOOK, SCOPES, REQUIRED)
