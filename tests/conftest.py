"""Shared by all tests: the one flag that rewrites goldens, the site, and what becomes of tests whose needs are not met."""

from __future__ import annotations

import gc
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from importlib.util import find_spec
from pathlib import Path

import pytest

from groupy_check.checker.native.compiled import signatures
from groupy_check.checker.semantics import step_cache
from tests.support import exploring

# By marker: programs and modules that its tests cannot do without, and how to get them.
NEEDS = {
    "browser": (("chromium", "playwright"), "apt install chromium; pip install '.[browser]'"),
    "cluster": (("ray",), "pip install '.[cluster]'"),
    "site": (("sphinx", "furo", "myst_parser"), "pip install '.[site]'"),
}

for size in ("COLUMNS", "LINES"):  # of a terminal that no test has: readline leaves them to the workers of xdist
    os.environ.pop(size, None)
gc.set_threshold(50_000, 20, 20)  # whole spaces of states are kept by the tests: Python would spend a fifth of the time on them
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a script; what we start would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="rewrite the golden files instead of comparing with them")
    parser.addoption("--rounds", type=int, default=1, help="how often each test of SIGKILL strikes (tests/distributed)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests whose needs are not met are skipped, and say so; who asks for them (`-m browser`) has them run, and fail."""
    for marker, (needed, advice) in NEEDS.items():
        lacking = [name for name in needed if shutil.which(name) is None and find_spec(name) is None]
        if lacking and marker not in config.getoption("-m"):
            skip = pytest.mark.skip(reason=f"needs {' and '.join(lacking)}: {advice}")
            for item in items:
                if item.get_closest_marker(marker):
                    item.add_marker(skip)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static site, built once for all tests: whichever worker needs it first builds it, the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    directory = shared / "site" / "html"
    with (shared / "site.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not directory.exists():
            build_site(directory)
    return directory


def build_site(directory: Path) -> None:
    """By an interpreter of its own: Sphinx leaves much behind in one."""
    command = [sys.executable, "-c", "import sys; from groupy_check.checker.interfaces.cli import main; sys.exit(main())"]
    built = subprocess.run([*command, "site", "--out", str(directory)], capture_output=True, text=True, check=False)
    progress = re.compile(r"\d+ of \d+ runs; next .+")  # a line a minute, where it takes so long
    assert ([line for line in built.stderr.splitlines() if not progress.fullmatch(line)], built.returncode) == ([], 0)
    assert built.stdout == f"{directory / 'index.html'}\n"


@pytest.fixture(scope="module")
def unwatched() -> Iterator[None]:
    """No watch over the protocols of a file: they are ours, known to be pure, and to watch each call takes half of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step_cache, "watch_over", lambda _: None)
        yield


@pytest.fixture(scope="module", autouse=True)
def _worlds_of_a_file() -> Iterator[None]:
    yield
    exploring.forget()


@pytest.fixture(scope="session")
def compiled() -> None:
    """The compiled engine is there, so a search that grows moves over to it at once. Each machine compiles it once."""
    for call in signatures.needed():
        call.compile()


@pytest.fixture
def updating(request: pytest.FixtureRequest) -> bool:
    """Goldens are to be rewritten."""
    return bool(request.config.getoption("--update-goldens"))
