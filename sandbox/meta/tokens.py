"""Tokens of Meta: of a person, of a Page, of the application; what each may do, and how each dies."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.meta.accounts import BY_PAGE, pages_of
from sandbox.meta.refusals import refused
from sandbox.secrets import token as new_token
from sandbox.world import World

SHORT_LIFE = 5400  # an hour and a half
LONG_LIFE = 5184000  # 60 days
DATA_LIFE = 7776000  # 90 days after the last login
TOKENS, GRANTS = "meta.tokens", "meta.grants"
ENDINGS = ("app_removed", "checkpoint", "password_changed")  # ways in which all tokens of a person die


@dataclass(frozen=True)
class Token:
    """A token that is alive. `user` is None for the application's own; `page` is set for a Page's."""

    value: str
    user: str | None
    page: str | None
    scopes: frozenset[str]
    expires: float | None  # unix seconds; None: never
    long_lived: bool

    @property
    def kind(self) -> str:
        """As debug_token names it: USER, PAGE or APP."""
        return "PAGE" if self.page else "USER" if self.user else "APP"


def issue(world: World, user: str, page: str | None, expires: float | None, long_lived: bool) -> str:
    """A new token of the person, or of the Page by the person's right. Its scopes are those of the person's grant."""
    value = new_token("EAAsandbox")
    document = {
        "value": value, "user": user, "page": page, "expires": expires, "long_lived": long_lived,
        "issued": world.now(), "ended": None,
    }  # fmt: skip
    world.state.put(TOKENS, value, document)
    return value


def page_token(world: World, owner: Token, page: str) -> str:
    """The Page's token by the right of this user token: the same for the same pair; forever if that is long-lived."""
    for stored in world.state.all(TOKENS):
        same = (stored["user"], stored["page"], stored["long_lived"]) == (owner.user, page, owner.long_lived)
        if same and stored["ended"] is None and (stored["expires"] is None or stored["expires"] > world.now()):
            return str(stored["value"])
    expires = None if owner.long_lived else owner.expires
    return issue(world, str(owner.user), page, expires, owner.long_lived)


def read_token(world: World, value: str) -> Token:
    """The living token. Raises Refused: bad_token, token_expired, role_lost, and the endings of a person's tokens."""
    if value == application_token(world):
        return Token(value, None, None, frozenset(), None, long_lived=True)
    stored = world.state.get(TOKENS, value)
    if stored is None:
        raise refused("bad_token")
    if stored["ended"] is not None:
        raise refused(stored["ended"], app=world.secrets.facebook_client_id)
    if stored["expires"] is not None and stored["expires"] <= world.now():
        raise refused("token_expired", when=_words(stored["expires"]), now=_words(world.now()))
    if stored["page"] is not None and stored["user"] not in BY_PAGE[stored["page"]].tasks:
        raise refused("role_lost")
    scopes = frozenset(grant_of(world, stored["user"])["granted"])
    return Token(value, stored["user"], stored["page"], scopes, stored["expires"], stored["long_lived"])


def grant_of(world: World, user: str) -> dict[str, Any]:
    """What the person has allowed: `granted` and `declined` scopes, `pages` chosen, and when they last logged in."""
    empty = {"user": user, "granted": [], "declined": [], "pages": [], "at": 0.0}
    return world.state.get(GRANTS, user) or empty


def chosen_pages(world: World, user: str) -> list[str]:
    """The ids of the Pages that the person showed to the application and still has a task on."""
    chosen = grant_of(world, user)["pages"]
    return [page.id for page in pages_of(user) if page.id in chosen]


def end_all(world: World, user: str, ending: str) -> int:
    """Every token of the person dies in this way (one of ENDINGS); returns how many. Removing takes the grant too."""
    mine = [stored for stored in world.state.all(TOKENS) if stored["user"] == user and stored["ended"] is None]
    for stored in mine:
        world.state.put(TOKENS, stored["value"], {**stored, "ended": ending})
    if ending == "app_removed":
        world.state.delete(GRANTS, user)
    return len(mine)


def application_token(world: World) -> str:
    """The application's own token: its id and its secret."""
    return f"{world.secrets.facebook_client_id}|{world.secrets.facebook_client_secret}"


def proof_of(world: World, value: str) -> str:
    """The appsecret_proof that belongs to a token."""
    return hmac.new(world.secrets.facebook_client_secret.encode(), value.encode(), hashlib.sha256).hexdigest()


def _words(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%A, %d-%b-%y %H:%M:%S UTC")
