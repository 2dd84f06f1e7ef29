"""LinkedIn as a publisher: the parts of this folder behind the domain's contract."""

from dataclasses import dataclass

from domain.platforms import Platform
from publishers.contract import (
    Account,
    AccountKind,
    Claim,
    ContentRefused,
    Finding,
    Handles,
    MediaStore,
    PartClaim,
    PartSearch,
    Payload,
    Permit,
    Reading,
    Receipt,
    Reconciliation,
    Save,
    Search,
    Window,
)
from publishers.linkedin import comment, find, measure, media, publish
from publishers.linkedin.api import Api, is_post, urn_in_path
from publishers.linkedin.limits import WINDOWS


@dataclass(frozen=True)
class LinkedInPublisher:
    """Fulfils `Publisher`. An organisation is class B (its posts can be listed), a member class C."""

    api: Api
    media: MediaStore
    platform: Platform = Platform.LINKEDIN
    windows: tuple[Window, ...] = WINDOWS

    def reconciliation(self, account: Account) -> Reconciliation:
        return Reconciliation.BY_PERSON if account.kind is AccountKind.MEMBER else Reconciliation.BY_LISTING

    def check(self, payload: Payload) -> list[str]:
        return [*publish.check(payload), *comment.check(payload)]

    async def prepare(self, claim: Claim, handles: Handles, save: Save) -> Handles:
        return await media.prepare(self.api, self.media, claim, handles, save)

    async def send(self, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
        return await publish.send(self.api, claim, handles, permit)

    async def find(self, search: Search) -> Finding:
        return await find.find(self.api, search)

    async def measure(self, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
        return await measure.measure(self.api, account, remote_ids)

    async def send_part(self, claim: PartClaim, permit: Permit) -> Receipt:
        return await comment.send(self.api, claim, permit)

    async def find_part(self, search: PartSearch) -> Finding:
        return await comment.find(self.api, search)

    async def withdraw(self, account: Account, remote_id: str) -> None:
        """DELETE /rest/posts/{urn}: 204, also the second time. Whatever stays unclear may be tried again."""
        if not is_post(remote_id):
            raise ContentRefused("LinkedIn lets only posts of the kinds share and ugcPost be deleted. Delete it there.")
        path = f"/rest/posts/{urn_in_path(remote_id)}"
        request = self.api.request("DELETE", path, account.token, headers={"x-restli-method": "DELETE"})
        answer = await self.api.wire.step(request)
        if not answer.ok and answer.status != 404:
            raise self.api.refusals.of_step(answer, "the deletion")
