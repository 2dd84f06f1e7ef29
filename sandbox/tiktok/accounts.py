"""The creators who exist on the twin of TikTok, and the number that a post gets."""

from dataclasses import dataclass

from sandbox.world import World


@dataclass(frozen=True)
class Creator:
    """One creator. `open_id` names the creator for this client, `union_id` for all clients of one developer."""

    open_id: str
    union_id: str
    username: str
    nickname: str
    biography: str


CREATORS = (
    Creator(
        "-000sunrise-723f24d7-e717-40f8-a2b6-cb8464cd23b4",
        "c9c60f44-a68e-4f5d-84dd-ce22faeb0ba1",
        "sunrise.studio",
        "Sunrise Studio",
        "Small software, made at dawn.",
    ),
    Creator(
        "-000moonrise-9d1b7b1c-5a2e-4f7e-9a41-6a0c4f6f2d77",
        "0f2d7f0a-6f0e-4c55-9a3d-2b8d1f6b7c10",
        "moonrise.works",
        "Moonrise Works",
        "Night shift.",
    ),
)
BY_OPEN_ID = {creator.open_id: creator for creator in CREATORS}
BY_USERNAME = {creator.username: creator for creator in CREATORS}


def new_number(world: World) -> int:
    """A new number below 2**63: the second in the upper half, so later posts have larger ones."""
    return int(world.now()) << 32 | world.state.next("tiktok.number") & 0xFFFFFFFF
