"""The page on which one person chooses the settings of one post, for chats that have no dialogs. Its code works once.

The code stands for a person and a card's button: whoever has it decides as that person, so it is told to nobody else.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from domain.card import Surface
from domain.decision import Decision, Outcome, Verdict
from domain.errors import Refused
from domain.roles import Right
from pipeline.decide import Brought, Click, Deciding, Dialog, decide, open_dialog
from pipeline.links import SPENT, Purpose, why_not
from pipeline.people import member_of, require
from storage import links
from storage.session import Database

NOT_HERE = "This code is for something else, so nothing happened."


async def make_page_code(
    database: Database, workspace_id: UUID, member_id: UUID, *, surface: Surface, user: str, token: str
) -> str:
    """A code, good once and for ten minutes, by which `user` of a chat decides about the card behind `token`.

    Raises `NotAllowed`. It is to be shown to that person only.
    """
    code = secrets.token_urlsafe(16)
    async with database.transaction(workspace_id) as tx:
        await require(tx, member_id, Right.DECIDE)
        await links.store_code(
            tx, code, Purpose.SETTINGS, member_id, {"card": token, "surface": surface.value, "user": user}
        )
    return code


@dataclass(frozen=True, slots=True)
class Page:
    """What a code stands for: the post as it is now, and who decides there."""

    dialog: Dialog
    token: str
    surface: Surface
    user: str
    name: str


async def look(code: str, deps: Deciding) -> Page:
    """The post and the person behind a code, which stays unused. Raises `Refused`. Anybody may look who has the code."""
    async with deps.database.transaction() as tx:
        found = await links.peek_code(tx, Purpose.SETTINGS, code)
        refusal = None if found else await why_not(tx, code)
    if found is None:
        raise Refused(refusal or SPENT)
    token, surface, user = found.detail["card"], Surface(found.detail["surface"]), found.detail["user"]
    dialog = await open_dialog(token, deps)
    if dialog is None or dialog.workspace_id != found.workspace_id:
        raise Refused(NOT_HERE)
    member = await member_of(deps.database, found.workspace_id, surface, "", user)
    return Page(dialog, token, surface, user, member.name if member else "")


async def choose(page: Page, code: str, settings: Mapping[str, str], deps: Deciding) -> Verdict:
    """Decide as the code's person, and use the code up. Raises `Unusable`; then the code is still good.

    The code names the delivery: of two at once, one counts and the other is a `REPLAY`.
    """
    key = f"page:{links.fingerprint(code).hex()[:40]}"
    click = Click(key, page.surface.value, "", page.user, page.token)
    verdict = await decide(click, Decision.CHOOSE, deps, Brought(settings=settings))
    if verdict.outcome is not Outcome.REPLAY:
        async with deps.database.transaction() as tx:
            await links.use_code(tx, Purpose.SETTINGS, code)
    return verdict
