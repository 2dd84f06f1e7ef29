"""A product that is connected to sunrise.studio on Instagram, over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.instagram.product import Product, Shelf


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shown = Shelf()
    yield shown
    shown.close()


@pytest.fixture
def product(sandbox: Any, shelf: Shelf) -> Iterator[Product]:
    connected = Product(sandbox, shelf).connect()
    yield connected
    connected.http.close()
