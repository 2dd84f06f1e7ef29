"""What a person has granted: access tokens, refresh tokens, and everything that ends them."""

from typing import Any

from sandbox.secrets import token as new_token
from sandbox.world import World

ACCESS_LIFE = 3599  # seconds
TESTING_LIFE = 7 * 86400  # of a refresh token while the consent screen is in Testing
UNUSED_LIFE = 182 * 86400  # six months
LIVE_AT_MOST = 100  # refresh tokens of one account and client; the oldest is dropped without a word
ACCESS, REFRESH, GRANTS = "google.access", "google.refresh", "google.grants"


def scopes(world: World, account: str) -> set[str]:
    """Everything that the account has granted to the application so far."""
    stored = world.state.get(GRANTS, account)
    return set() if stored is None else set(stored["scope"].split())


def access(world: World, account: str, scope: str) -> dict[str, Any]:
    """A new access token, as the token endpoint gives it."""
    token = new_token("ya29-sandbox-")
    world.state.put(GRANTS, account, {"scope": " ".join(sorted(scopes(world, account) | set(scope.split())))})
    document = {"account": account, "scope": scope, "token": token, "expires": world.now() + ACCESS_LIFE}
    world.state.put(ACCESS, token, document)
    return {"access_token": token, "expires_in": ACCESS_LIFE, "scope": scope, "token_type": "Bearer"}


def refresh(world: World, account: str, scope: str, *, testing: bool) -> dict[str, Any]:
    """A new refresh token, as the token endpoint gives it. `testing`: it dies after seven days."""
    token, now = new_token("1//sandbox-"), world.now()
    document = {"account": account, "scope": scope, "token": token, "used": now}
    world.state.put(REFRESH, token, {**document, "expires": now + TESTING_LIFE if testing else None})
    live = [stored for stored in world.state.all(REFRESH) if stored["account"] == account]
    for oldest in live[:-LIVE_AT_MOST]:
        world.state.delete(REFRESH, oldest["token"])
    lifetime = {"refresh_token_expires_in": TESTING_LIFE} if testing else {}
    return {"refresh_token": token, **lifetime}


def refreshable(world: World, token: str) -> dict[str, Any] | None:
    """The live refresh token, marked as used now; None when it ended."""
    stored, now = world.state.get(REFRESH, token), world.now()
    if stored is None or now - stored["used"] > UNUSED_LIFE:
        return None
    if stored["expires"] is not None and stored["expires"] < now:
        return None
    world.state.put(REFRESH, token, {**stored, "used": now})
    return stored


def live(world: World, token: str) -> dict[str, Any] | None:
    """The live access token: {"account", "scope", …}, or None."""
    stored = world.state.get(ACCESS, token)
    return stored if stored is not None and stored["expires"] >= world.now() else None


def owner(world: World, token: str) -> str | None:
    """The account whose access or refresh token this is."""
    stored = live(world, token) or world.state.get(REFRESH, token)
    return None if stored is None else str(stored["account"])


def end(world: World, account: str) -> int:
    """End the whole grant of the account: every token, every scope. Returns the number of tokens."""
    gone = [(kind, stored) for kind in (ACCESS, REFRESH) for stored in world.state.all(kind)]
    mine = [(kind, stored["token"]) for kind, stored in gone if stored["account"] == account]
    for kind, token in mine:
        world.state.delete(kind, token)
    world.state.delete(GRANTS, account)
    return len(mine)
