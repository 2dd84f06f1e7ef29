"""Who may do what in a workspace."""

from enum import StrEnum


class Role(StrEnum):
    """Owners do everything, reviewers decide about posts, viewers look."""

    OWNER = "owner"
    REVIEWER = "reviewer"
    VIEWER = "viewer"


class Right(StrEnum):
    """What a command or a button asks for."""

    LOOK = "look"
    DECIDE = "decide"
    PAUSE = "pause"
    CONNECT = "connect"
    PEOPLE = "people"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.REVIEWER: frozenset({Right.LOOK, Right.DECIDE, Right.PAUSE}),
    Role.VIEWER: frozenset({Right.LOOK}),
}


def may(role: Role | None, right: Right) -> bool:
    """Whether someone with `role` (None: a stranger) holds `right`."""
    return role is not None and right in RIGHTS[role]
