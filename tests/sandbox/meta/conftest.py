"""A product that is connected to the Page Sunrise Studio, over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.meta.product import Product


@pytest.fixture
def product(sandbox: Any) -> Iterator[Product]:
    connected = Product(sandbox).connect()
    yield connected
    connected.http.close()
