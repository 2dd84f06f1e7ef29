"""The two logins: how `migrate` makes their passwords, and how a process finds its own address from the owner's."""

import base64
from urllib.parse import quote, urlsplit, urlunsplit

from app.settings import Settings, SettingsUnusable
from storage.keys import Keyring, Purpose, derive

LOGINS: dict[str, Purpose] = {"amarktai_web": Purpose.CHAT, "amarktai_worker": Purpose.PLATFORM}
"""Each login with the purpose of the key that its password is derived from: whoever lacks the key cannot log in."""


def password_of(login: str, keyring: Keyring) -> str:
    """The password that `migrate` gives a login when no DATABASE_APP_URL is configured. Raises `KeysUnusable`."""
    # The oldest key of the purpose, so that a rotation does not lock the running processes out.
    key = [key for key in keyring.keys if key.purpose is LOGINS[login]] or [keyring.newest(LOGINS[login])]
    return base64.urlsafe_b64encode(derive(key[-1], f"login {login}")).decode().rstrip("=")


def url_of(login: str, settings: Settings, keyring: Keyring) -> str:
    """The address with which a process connects. Raises `SettingsUnusable` when neither URL is configured."""
    given = settings.database_app_url.get_secret_value()
    if given:
        return given
    owner = settings.database_url.get_secret_value()
    if not owner:
        raise SettingsUnusable(
            ["Neither DATABASE_APP_URL nor DATABASE_URL is set: name the database, see .env.example."]
        )
    parts = urlsplit(owner)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{login}:{quote(password_of(login, keyring), safe='')}@{place}"))
