"""TikTok as a publisher: the parts of this folder behind the domain's contract."""

from dataclasses import dataclass

from domain.platforms import Platform
from publishers.contract import (
    Account,
    CannotTell,
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
from publishers.pictures import PublicUrl, no_url
from publishers.tiktok import find, measure, media, publish
from publishers.tiktok.api import Api, is_post
from publishers.tiktok.choices import NO_COMMENTS
from publishers.tiktok.limits import WINDOWS


@dataclass(frozen=True)
class TikTokPublisher:
    """Fulfils `Publisher`. Class A for films, by their publish_id; photos can only be looked for in a list.

    Where `public_url` names no address there are no photo posts: TikTok fetches photos, it takes none.
    """

    api: Api
    media: MediaStore
    public_url: PublicUrl = no_url
    platform: Platform = Platform.TIKTOK
    windows: tuple[Window, ...] = WINDOWS

    def reconciliation(self, account: Account) -> Reconciliation:
        return Reconciliation.BY_HANDLE

    def check(self, payload: Payload) -> list[str]:
        return publish.check(payload, self.public_url)

    async def prepare(self, claim: Claim, handles: Handles, save: Save) -> Handles:
        return await media.prepare(self.api, self.media, claim, handles, save)

    async def send(self, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
        return await publish.send(self.api, self.media, self.public_url, claim, handles, permit)

    async def find(self, search: Search) -> Finding:
        return await find.find(self.api, search)

    async def measure(self, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
        return await measure.measure(self.api, account, remote_ids)

    async def send_part(self, claim: PartClaim, permit: Permit) -> Receipt:
        """Always `ContentRefused`, before anything is sent."""
        raise ContentRefused(f"{NO_COMMENTS} Write the comment in TikTok's app.")

    async def find_part(self, search: PartSearch) -> Finding:
        return CannotTell(NO_COMMENTS, self.api.profile(search.account.name))

    async def withdraw(self, account: Account, remote_id: str) -> None:
        """TikTok lets no application delete or hide a post: always `ContentRefused`, with the place to do it."""
        place = self.api.profile(account.name)
        if is_post(remote_id) and place != self.api.site:
            place = f"{place}/video/{remote_id}"
        raise ContentRefused(f"TikTok lets no application delete posts. Delete it in TikTok's app, or there: {place}")
