"""Instagram as a publisher: the parts of this folder behind the domain's contract."""

from dataclasses import dataclass

from domain.platforms import Platform
from publishers.contract import (
    Account,
    Claim,
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
from publishers.instagram import comment, containers, find, measure, media, publish
from publishers.instagram.api import Api
from publishers.instagram.limits import WINDOWS


@dataclass(frozen=True)
class InstagramPublisher:
    """Fulfils `Publisher`. Class A: a container is made unseen, then published by its id."""

    api: Api
    media: MediaStore
    platform: Platform = Platform.INSTAGRAM
    windows: tuple[Window, ...] = WINDOWS

    def reconciliation(self, account: Account) -> Reconciliation:
        return Reconciliation.BY_HANDLE

    def check(self, payload: Payload) -> list[str]:
        return [*publish.check(payload, self.api.public_url), *comment.check(payload)]

    async def prepare(self, claim: Claim, handles: Handles, save: Save) -> Handles:
        return await containers.prepare(self.api, self.media, claim, handles, save)

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
        await media.withdraw(self.api, account, remote_id)
