"""Facebook as a publisher: the parts of this folder behind the domain's contract."""

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
from publishers.facebook import comment, find, measure, publish
from publishers.facebook.api import is_remote, profile
from publishers.facebook.limits import WINDOWS
from publishers.facebook.media import Desk
from publishers.meta import Graph, is_missing


@dataclass(frozen=True)
class FacebookPublisher:
    """Fulfils `Publisher`. Class A: made unseen, then shown by its id. `app_id` is our application's at Meta."""

    graph: Graph
    media: MediaStore
    app_id: str
    platform: Platform = Platform.FACEBOOK
    windows: tuple[Window, ...] = WINDOWS

    def reconciliation(self, account: Account) -> Reconciliation:
        return Reconciliation.BY_HANDLE

    def check(self, payload: Payload) -> list[str]:
        return [*publish.check(payload), *comment.check(payload)]

    async def prepare(self, claim: Claim, handles: Handles, save: Save) -> Handles:
        return await publish.prepare(Desk(self.graph, self.media, claim, handles, save), self.app_id)

    async def send(self, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
        return await publish.send(self.graph, claim, handles, permit)

    async def find(self, search: Search) -> Finding:
        return await find.find(self.graph, search)

    async def measure(self, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
        return await measure.measure(self.graph, account, remote_ids)

    async def send_part(self, claim: PartClaim, permit: Permit) -> Receipt:
        return await comment.send(self.graph, claim, permit)

    async def find_part(self, search: PartSearch) -> Finding:
        return await comment.find(self.graph, search)

    async def withdraw(self, account: Account, remote_id: str) -> None:
        """DELETE /{id}. "No such object" is believed when the Page itself is still shown to us."""
        if not is_remote(remote_id):
            raise ContentRefused("This is no post of Facebook. Delete it on Facebook yourself.")
        answer = await self.graph.wire.step(self.graph.request("DELETE", f"/{remote_id}", account.token))
        if is_missing(answer):
            if await self.graph.is_gone(remote_id, account.remote_id, account.token):
                return
            raise ContentRefused(f"Facebook does not show us this post. Look for it at {profile(self.graph, account)}")
        if self.graph.told(answer, "the deletion").get("success") is not True:
            raise TryLater("Facebook did not confirm that the post is deleted.")
