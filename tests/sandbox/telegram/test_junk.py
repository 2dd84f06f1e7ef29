"""Nonsense is refused by the Telegram twin in words, and never breaks it."""

from typing import Any

import pytest

from sandbox.telegram.methods import METHODS
from tests.sandbox.telegram.conftest import GROUP, Driver

NAMES = (
    "text caption photo media parse_mode entities caption_entities reply_markup reply_parameters message_id user_id url"
    " callback_query_id secret_token allowed_updates commands scope offset limit max_connections file_id"
)
JUNK: tuple[Any, ...] = (
    None,
    "",
    7,
    -1,
    1.5,
    "\x00",
    "[{",
    [],
    {},
    [[]],
    [{}],
    [None],
    {"type": "photo"},
    "http://[",
    "é" * 99,
)


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"leaveChat"}))
@pytest.mark.parametrize("chat", [GROUP, "@nobody", {}])
def test_junk_in_every_argument_gets_an_answer(method: str, chat: Any, driver: Driver) -> None:
    token = driver.sandbox.world.secrets.telegram_bot_token
    for junk in JUNK:
        body = {**dict.fromkeys(NAMES.split(), junk), "chat_id": chat, "text": "x", "timeout": 0}
        answer = driver.http.post(f"/telegram/bot{token}/{method}", json=body)
        assert answer.status_code < 500 and isinstance(answer.json()["ok"], bool), (junk, answer.text)


@pytest.mark.parametrize("field", NAMES.split())
def test_one_bad_argument_of_a_message_gets_an_answer(field: str, driver: Driver) -> None:
    token = driver.sandbox.world.secrets.telegram_bot_token
    for junk in JUNK:
        answer = driver.http.post(
            f"/telegram/bot{token}/sendMessage", json={"chat_id": GROUP, "text": "x", field: junk}
        )
        assert answer.status_code < 500 and isinstance(answer.json()["ok"], bool), (junk, answer.text)


@pytest.mark.parametrize("lever", ["send", "forward", "click", "migrate", "block", "kick", "add"])
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"user": "x"}', b'{"user": 1, "chat": {}, "message_id": "x"}'])
def test_a_wish_that_makes_no_sense_is_refused_in_words(lever: str, body: bytes, driver: Driver) -> None:
    answer = driver.http.post(f"/_sandbox/telegram/{lever}", content=body)
    assert answer.status_code == 400 and answer.json()["message"], answer.text
