"""Connecting Instagram: Facebook Login, and the professional accounts that are linked to the person's Pages."""

from dataclasses import dataclass

from domain.platforms import Platform
from domain.rights import COMMENTING, PORTFOLIO
from domain.secret import Secret
from publishers.contract import AccountKind, Grant, GrantRefused, Identity, TryLater
from publishers.instagram.api import profile_of
from publishers.meta import Graph, telling
from publishers.meta_login import POSTING, MetaLogin, Page

REQUIRED = ("pages_show_list", "pages_read_engagement", "instagram_basic", "instagram_content_publish")
SCOPES = (
    *REQUIRED, "instagram_manage_insights", "instagram_manage_contents", COMMENTING[Platform.INSTAGRAM], PORTFOLIO,
)  # fmt: skip
"""Without the last four there are no figures, posts are deleted in the app, there are no first comments, and accounts of
Pages that belong to a business portfolio are not shown."""


@dataclass(frozen=True)
class InstagramConnector(MetaLogin):
    """Fulfils `Connector`."""

    async def identities(self, grant: Grant) -> tuple[Identity, ...]:
        """The accounts behind the Pages that the person showed to us; a Page's token opens its account.

        Raises `GrantRefused`, `TryLater`.
        """
        pages = await self.pages(grant.access_token)
        linked = [page for page in pages if page.instagram is not None]
        found = [await self._identity(page, page.instagram) for page in linked if page.instagram and _may_post(page)]
        if found:
            return tuple(found)
        if linked:
            named = ", ".join(page.name for page in linked)
            raise GrantRefused(
                f"You may not post for {named}. Ask whoever manages the Page for the right, then connect again."
            )
        raise GrantRefused(
            "None of the Pages you showed us has an Instagram account. Instagram lets us post for professional accounts "
            "that are linked to a Facebook Page: link yours in the Instagram app, then connect again and choose that Page."
        )

    async def _identity(self, page: Page, account: str) -> Identity:
        request = self.graph.request("GET", f"/{account}", page.token, params={"fields": "username"})
        answer = await self.graph.wire.read(request)
        told = answer.fields().get("username")
        if answer.status != 200 or not isinstance(told, str) or not told.strip():
            if answer.status < 500 and telling(answer).startswith(("#10/", "#190/", "#2")):
                raise GrantRefused("Instagram does not show us whose account this is. Connect it again.")
            raise TryLater("Instagram did not say whose account this is.")
        name = told.strip()
        return Identity(AccountKind.ORGANISATION, account, f"@{name}", profile_of(self.graph, name), page.token)


def _may_post(page: Page) -> bool:
    return not page.tasks or POSTING in page.tasks


def connector(graph: Graph, authorize: str, client_id: str, client_secret: Secret) -> InstagramConnector:
    return InstagramConnector(graph, authorize, client_id, client_secret, Platform.INSTAGRAM, SCOPES, REQUIRED)
