"""The Google accounts that can be played, their YouTube channels, and the identities that new things get."""

import secrets
from dataclasses import dataclass

from sandbox.world import World

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class Channel:
    """One identity that Google lets the person choose: a channel, or a Google account that has none (id "")."""

    account: str
    id: str
    handle: str
    title: str
    description: str = ""

    @property
    def uploads(self) -> str:
        """The playlist of everything that the channel uploaded."""
        return "UU" + self.id[2:]


CHANNELS = (
    Channel("g-sunrise", "UCSunriseStudioSandbox01", "sunrise.studio", "Sunrise Studio", "We build calm web apps."),
    Channel("g-moonrise", "UCMoonriseWorksSandbox01", "moonrise.works", "Moonrise Works"),
    Channel("g-nobody", "", "mara.lindqvist", "Mara Lindqvist (no channel)"),
)
BY_ACCOUNT = {channel.account: channel for channel in CHANNELS}
BY_HANDLE = {channel.handle: channel for channel in CHANNELS}
BY_ID = {channel.id: channel for channel in CHANNELS if channel.id}
BY_UPLOADS = {channel.uploads: channel for channel in CHANNELS if channel.id}


def new_video_id(world: World) -> str:
    """A new id of eleven signs, as YouTube's are: nothing can be read from it, and none comes twice."""
    while True:
        fresh = "".join(secrets.choice(SIGNS) for _ in range(11))
        if world.state.get("youtube.videos", fresh) is None:
            return fresh


def new_etag() -> str:
    """An etag; the twin gives a new one with every answer, as nobody of ours asks with one."""
    return "".join(secrets.choice(SIGNS) for _ in range(27))
