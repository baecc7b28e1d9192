"""Shared by all tests: the one flag that rewrites goldens."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="rewrite the golden files instead of comparing with them")


@pytest.fixture
def updating(request: pytest.FixtureRequest) -> bool:
    """Goldens are to be rewritten."""
    return bool(request.config.getoption("--update-goldens"))
