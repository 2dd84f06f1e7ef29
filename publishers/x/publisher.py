"""X as a publisher: the parts of this folder behind the domain's contract."""

from dataclasses import dataclass

from domain.platforms import Platform
from publishers.contract import (
    Account,
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
    TryLater,
    Window,
)
from publishers.x import find, measure, media, publish, thread
from publishers.x.api import Api, is_id
from publishers.x.limits import WINDOWS


@dataclass(frozen=True)
class XPublisher:
    """Fulfils `Publisher`. Class B: one step, and own posts can be listed."""

    api: Api
    media: MediaStore
    platform: Platform = Platform.X
    windows: tuple[Window, ...] = WINDOWS

    def reconciliation(self, account: Account) -> Reconciliation:
        return Reconciliation.BY_LISTING

    def check(self, payload: Payload) -> list[str]:
        return publish.check(payload)

    async def prepare(self, claim: Claim, handles: Handles, save: Save) -> Handles:
        return await media.prepare(self.api, self.media, claim, handles, save)

    async def send(self, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
        return await publish.send(self.api, claim, handles, permit)

    async def find(self, search: Search) -> Finding:
        return await find.find(self.api, search)

    async def send_part(self, claim: PartClaim, permit: Permit) -> Receipt:
        return await thread.send(self.api, claim, permit)

    async def find_part(self, search: PartSearch) -> Finding:
        return await thread.find(self.api, search)

    async def measure(self, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
        return await measure.measure(self.api, account, remote_ids)

    async def withdraw(self, account: Account, remote_id: str) -> None:
        """DELETE /2/tweets/{id}. Deleting twice does no harm, so whatever stays unclear may be tried again."""
        if not is_id(remote_id):
            raise ContentRefused("This is no post of X. Delete it on X yourself.")
        answer = await self.api.wire.step(self.api.request("DELETE", f"/2/tweets/{remote_id}", account.token))
        told = answer.fields().get("data")
        if answer.status == 404 or (answer.status == 200 and isinstance(told, dict) and told.get("deleted") is True):
            return
        if answer.ok:
            raise TryLater("X did not confirm that the post is deleted.")
        raise self.api.refusals.of_step(answer, "the deletion")
