"""Every poison in every place of a page, as text and as markup, for three platforms, into cards of both chats."""

from collections.abc import Callable

import pytest

from tests.bot.test_poisoned_pages import poisoned_pages


@pytest.mark.timeout(300)
def test_every_poisoned_page_comes_out_as_plain_cards_in_both_chats(record_property: Callable[..., None]) -> None:
    poisoned_pages(True, record_property)
