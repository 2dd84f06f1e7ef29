"""Updates of any shape are read or refused, and nothing else: one field is another, at any depth, of every kind of update."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.updates import Gesture, Malformed, read_gesture, update_id

PERSON = {"id": 7001, "is_bot": False, "first_name": "Mara", "last_name": "Lindqvist", "username": "mara"}
GROUP = {"id": -100500, "type": "supergroup", "title": "Sunrise"}
PHOTO = {"file_id": "f", "file_unique_id": "u", "file_size": 7, "width": 4, "height": 4}
MESSAGE: dict[str, Any] = {
    "message_id": 5,
    "message_thread_id": 3,
    "date": 1,
    "from": PERSON,
    "chat": GROUP,
    "text": "/amarktai queue",
    "caption": "words",
    "media_group_id": "9",
    "entities": [{"type": "bot_command", "offset": 0, "length": 9}, {"type": "text_mention", "offset": 1, "length": 2,
    "user": PERSON}],
    "reply_to_message": {"message_id": 4, "from": PERSON, "chat": GROUP, "date": 1, "text": "x"},
    "photo": [PHOTO, PHOTO],
    "video": {**PHOTO, "duration": 6, "mime_type": "video/mp4", "file_name": "a.mp4"},
    "document": {**PHOTO, "mime_type": "application/pdf", "file_name": "a.pdf"},
}  # fmt: skip
STANDING = {"chat": GROUP, "from": PERSON, "date": 1, "old_chat_member": {"status": "left", "user": PERSON}}
UPDATES: dict[str, dict[str, Any]] = {
    "press": {"callback_query": {"id": "1", "from": PERSON, "message": MESSAGE, "data": "approve:token", "chat_instance": "c"}},
    "words": {"message": {name: value for name, value in MESSAGE.items() if name not in ("photo", "video", "document")}},
    "files": {"message": {name: value for name, value in MESSAGE.items() if name != "text"}},
    "upgrade": {"message": {**MESSAGE, "migrate_to_chat_id": -100700}},
    "upgraded": {"message": {**MESSAGE, "migrate_from_chat_id": -500}},
    "standing": {"my_chat_member": {**STANDING, "new_chat_member": {"status": "member", "user": PERSON}}},
}  # fmt: skip
ODD = st.sampled_from(
    [None, True, 0, -1, 2**53 + 1, 2**70, 1.5, 1e308, "", "\x00", "\ud800", "x" * 5_000, "💥" * 300, [], [None], [[]], {},
    {"id": {}}, {"": None}]
) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    for name, value in list(
        part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    ):
        yield part, name
        yield from _places(value)


def read(update: Any) -> Gesture:
    update_id(update)
    return read_gesture(update)


@settings(max_examples=600, deadline=None)
@given(chance=st.data(), kind=st.sampled_from(sorted(UPDATES)), odd=ODD)
def test_an_update_with_one_odd_field_is_read_or_refused(chance: st.DataObject, kind: str, odd: object) -> None:
    update = copy.deepcopy({"update_id": 42, **UPDATES[kind]})
    holder, name = chance.draw(st.sampled_from(list(_places(update))))
    if isinstance(holder, dict) and chance.draw(st.booleans()):
        del holder[name]
    else:
        holder[name] = odd
    with contextlib.suppress(Malformed):
        read(update)


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=80) | ODD.map(lambda odd: orjson.dumps(repr(odd))))
def test_any_bytes_are_no_update_or_are_read(body: bytes) -> None:
    with contextlib.suppress(orjson.JSONDecodeError, Malformed):
        read(orjson.loads(body))


def test_what_is_varied_here_is_understood_as_it_stands() -> None:
    kinds = {type(read({"update_id": 42, **update})).__name__ for update in UPDATES.values()}
    assert kinds == {"Pressed", "Wrote", "Upgraded", "Standing"}
