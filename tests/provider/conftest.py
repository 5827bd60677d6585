"""A provider without models, and a plain client for it, for each test here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.provider import MisbehavingProvider
from tests.provider.bare_client import bare_client


@pytest.fixture
async def provider() -> AsyncIterator[MisbehavingProvider]:
    async with MisbehavingProvider() as provider:
        yield provider


@pytest.fixture
async def client(provider: MisbehavingProvider) -> AsyncIterator[httpx.AsyncClient]:
    async with bare_client(provider) as client:
        yield client
