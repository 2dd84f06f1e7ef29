"""Which web app somebody means."""

from datetime import time

import pytest

from bot.naming import app_and_rest, the_app
from domain.errors import Refused
from domain.ids import uuid7
from storage.web_apps import WebApp


def app(name: str, url: str) -> WebApp:
    return WebApp(uuid7(), name, url, "UTC", time(2), time(8), [], None, [], 1)


# Two pages of one host, neither of which was read yet, are called after their host.
ONE, OTHER = app("pages.example", "https://pages.example/one"), app("pages.example", "https://pages.example/other")


def test_two_web_apps_of_one_name_are_told_apart_by_their_addresses() -> None:
    with pytest.raises(Refused, match=r"could be https://pages.example/one or https://pages.example/other"):
        the_app("pages.example", [ONE, OTHER])
    assert app_and_rest("https://pages.example/other 09:00", [ONE, OTHER]) == (OTHER, "09:00")
