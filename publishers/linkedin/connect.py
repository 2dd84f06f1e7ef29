"""Connecting LinkedIn: one consent opens the member and the pages they may post for. Mostly without refresh tokens."""

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from domain.platforms import Platform
from domain.secret import Secret
from publishers.contract import AccountKind, Grant, GrantRefused, Identity, TryLater
from publishers.linkedin.api import Api
from publishers.oauth import ask_for_grant, require, with_query

MEMBER_SCOPES = ("openid", "profile", "w_member_social")
PAGE_SCOPES = ("w_organization_social", "r_organization_social", "rw_organization_admin")
_POSTING_ROLES = ("ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER")
_ORGANISATION = re.compile(r"urn:li:organization:(\d{1,20})")
_SUB = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True)
class LinkedInConnector:
    """Fulfils `Connector`. `oauth` is the base of the consent and token addresses, without a slash at the end.

    An application without LinkedIn's Community Management API must ask for `MEMBER_SCOPES` only: LinkedIn refuses the
    whole consent for one scope it has not granted to the application.
    """

    api: Api
    oauth: str
    client_id: str
    client_secret: Secret = field(repr=False)
    platform: Platform = Platform.LINKEDIN
    scopes: tuple[str, ...] = MEMBER_SCOPES + PAGE_SCOPES

    def authorize_url(self, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Where to send the person. LinkedIn has no proof keys for web applications, so `verifier` stays at home."""
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "scope": " ".join(self.scopes),
        }
        return with_query(f"{self.oauth}/authorization", fields)

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> Grant:
        """The code works once. Raises `GrantRefused`, `TryLater`."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return require(await self._grant(form, kept=None), ("w_member_social",), "LinkedIn")

    async def refresh(self, refresh_token: Secret) -> Grant:
        """A new access token; the refresh token stays the same. Raises `GrantRefused`, `TryLater`."""
        if not refresh_token:
            raise GrantRefused("LinkedIn gives this application access for 60 days only. Connect the account again.")
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        return await self._grant(form, kept=refresh_token)

    async def identities(self, grant: Grant) -> tuple[Identity, ...]:
        """The member, then the pages they may post for. Raises `GrantRefused`, `TryLater`."""
        member = await self._member(grant)
        pages: dict[str, Identity] = {}
        if not grant.scopes or "rw_organization_admin" in grant.scopes:
            for role in _POSTING_ROLES:
                for urn in await self._pages_of(grant, role):
                    if urn not in pages:
                        pages[urn] = await self._page(grant, urn)
        return (member, *pages.values())

    async def revoke(self, token: Secret) -> None:
        """Ends the access. LinkedIn does not document it: a "no" leaves the token to expire. Raises `TryLater`."""
        answer = await self.api.wire.step(
            self.api.wire.request("POST", f"{self.oauth}/revoke", data=self._with_client({"token": token.reveal()}))
        )
        if answer.status == 429 or answer.status >= 500:
            raise TryLater(f"LinkedIn answered {answer.status} when asked to end the connection.")

    async def _member(self, grant: Grant) -> Identity:
        url = f"{self.api.base}/v2/userinfo"
        answer = await self.api.wire.read(self.api.wire.request("GET", url, token=grant.access_token))
        if answer.status in (401, 403):
            raise GrantRefused("LinkedIn does not let us see whose account this is. Connect it again.")
        told = answer.fields()
        sub, name = told.get("sub"), told.get("name")
        if answer.status != 200 or not isinstance(sub, str) or not _SUB.fullmatch(sub):
            raise TryLater("LinkedIn did not say whose account this is.")
        shown = name.strip() if isinstance(name, str) and name.strip() else "LinkedIn member"
        return Identity(AccountKind.MEMBER, f"urn:li:person:{sub}", shown)

    async def _pages_of(self, grant: Grant, role: str) -> list[str]:
        path = f"/rest/organizationAcls?q=roleAssignee&role={role}&state=APPROVED&count=100"
        answer = await self.api.wire.read(self.api.request("GET", path, grant.access_token))
        if answer.status in (400, 403):
            return []  # the application or the member has no pages to speak for, or LinkedIn does not know the role
        if answer.status != 200:
            raise TryLater(f"LinkedIn answered {answer.status} when asked for your pages.")
        elements = answer.fields().get("elements")
        named = (
            [one.get("organization") for one in elements if isinstance(one, dict)] if isinstance(elements, list) else []
        )
        return [urn for urn in named if isinstance(urn, str) and _ORGANISATION.fullmatch(urn)]

    async def _page(self, grant: Grant, urn: str) -> Identity:
        number = urn.rpartition(":")[2]
        answer = await self.api.wire.read(self.api.request("GET", f"/rest/organizations/{number}", grant.access_token))
        name = answer.fields().get("localizedName") if answer.status == 200 else None
        shown = name.strip() if isinstance(name, str) and name.strip() else f"LinkedIn page {number}"
        return Identity(AccountKind.ORGANISATION, urn, shown, f"{self.api.site}/company/{quote(number, safe='')}/")

    async def _grant(self, form: dict[str, str], kept: Secret | None) -> Grant:
        url = f"{self.oauth}/accessToken"
        return await ask_for_grant(self.api.wire, url, self._with_client(form), kept=kept, now=self.api.now)

    def _with_client(self, form: dict[str, str]) -> dict[str, str]:
        return {**form, "client_id": self.client_id, "client_secret": self.client_secret.reveal()}
