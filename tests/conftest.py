"""Shared by all tests: the one flag that rewrites goldens, and what becomes of browser tests where there is no browser."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="rewrite the golden files instead of comparing with them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser its tests are skipped, and say so; who asks for them (`-m browser`) has them run, and fail."""
    needed = {"chromium": shutil.which("chromium"), "playwright": find_spec("playwright")}
    lacking = [name for name, found in needed.items() if found is None]
    if lacking and "browser" not in config.getoption("-m"):
        skip = pytest.mark.skip(reason=f"needs {' and '.join(lacking)}: apt install chromium; pip install '.[browser]'")
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(skip)


@pytest.fixture
def updating(request: pytest.FixtureRequest) -> bool:
    """Goldens are to be rewritten."""
    return bool(request.config.getoption("--update-goldens"))
