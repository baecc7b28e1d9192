"""What is installed, and what it leaves alone: files of a user's project may have any name but `groupy_check`.

The slow tests build the package and install it into fresh virtual environments, on every Python that this machine has.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parent.parent
COMMAND = "import sys; from groupy_check.checker.interfaces.cli import check_main; sys.exit(check_main())"
FIRST = ("--nodes", "3", "--impl", "gms2")  # the README's first command
FOUND = 12  # the exit status of a violated safety property


def run(*command: str | Path, directory: Path) -> tuple[int, str]:
    """Run `command` in `directory`; its exit status and what it prints."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
    done = subprocess.run(command, cwd=directory, text=True, check=False, **streams)
    return done.returncode, done.stdout


# --- a project whose files are called as our folders are ---------------------------------------------------------------------

USERS = {
    "checker.py": "WHOSE = 'the user'\n",
    "specs.py": "WHOSE = 'the user'\n",
    "groupy_model.py": "WHOSE = 'the user'\n",
    "reports/__init__.py": "",
    "reports/tables.py": "WHOSE = 'the user'\n",
    "mine.py": '''
        import checker
        import groupy_model
        import specs
        from groupy_check import Gms2, Kind, Requirement
        from reports import tables

        assert checker.WHOSE == groupy_model.WHOSE == specs.WHOSE == tables.WHOSE == "the user"


        class Mine(Gms2):
            """gms2, as it is."""


        class Nothing(Requirement):
            """nothing is demanded."""

            kind = Kind.SAFETY

            def judge(self, history):
                return None
    ''',
    "test_clash.py": """
        import checker
        import groupy_model
        import specs
        from groupy_check import check
        from mine import Mine
        from reports import tables


        def test_the_imports_find_the_user_s_files():
            assert checker.WHOSE == groupy_model.WHOSE == specs.WHOSE == tables.WHOSE == "the user"


        def test_check_takes_a_class_of_a_file_that_imports_them():
            assert check(Mine, messages=1).finding("agreement").length == 5


        def test_the_fixture_takes_the_file(groupy):
            groupy("./mine.py", messages=1).assert_violated("agreement", steps=5)
    """,
}
EARLIER = """
    from checker import check
    from groupy_model.effects import Send
    from groupy_model.gms3 import Gms3
    from groupy_model.gms3_mutants import NoRepeat
    from specs.requirement import Requirement

    import groupy_check

    assert check is groupy_check.check
    assert (Send, Gms3, Requirement) == (groupy_check.Send, groupy_check.Gms3, groupy_check.Requirement)


    class Mine(NoRepeat):
        '''As a file was written for version 0.1.'''
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the user's in which every name of ours but one is taken."""
    for name, text in USERS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text), encoding="utf-8")
    return tmp_path


def test_pytest_runs_the_user_s_own_tests(project):
    status, printed = run(sys.executable, "-m", "pytest", "-q", directory=project)
    assert (status, printed.splitlines()[-1][:8]) == (0, "3 passed"), printed


# The installed command does not look for modules in the working directory (-P); `python -m` and `python -c` do.
@pytest.mark.parametrize("path", [["-P"], []], ids=["command", "module"])
@pytest.mark.parametrize("words", [FIRST, ("--impl", "./mine.py", "--messages", "1")], ids=["built-in", "file"])
def test_the_command_line_works_beside_the_user_s_files(project, path, words):
    status, printed = run(sys.executable, *path, "-c", COMMAND, *words, directory=project)
    assert status == FOUND, printed


def test_a_property_of_the_user_s_may_import_them(project):
    words = ("--impl", "gms2", "--messages", "1", "--property", "./mine.py:Nothing")
    status, printed = run(sys.executable, "-P", "-c", COMMAND, *words, directory=project)
    assert status == 0, printed


# The root of a checkout holds folders by these names: a file there must not load the modules a second time.
@pytest.mark.parametrize("beside", [(), ("groupy_model", "specs", "checker")], ids=["elsewhere", "in-a-checkout"])
def test_a_file_written_for_version_0_1_still_loads(tmp_path, beside):
    for name in beside:
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "earlier.py").write_text(dedent(EARLIER), encoding="utf-8")
    loads(tmp_path / "earlier.py")


def test_such_a_file_may_have_a_folder_beside_it_that_is_called_as_ours(tmp_path):
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "words.py").write_text("WHOSE = 'the user'\n", encoding="utf-8")
    (tmp_path / "earlier.py").write_text("from specs.words import WHOSE\n" + dedent(EARLIER), encoding="utf-8")
    loads(tmp_path / "earlier.py")


def loads(file: Path) -> None:
    words = ("--impl", f"./{file.name}", "--messages", "1", "--property", "integrity")
    status, printed = run(sys.executable, "-P", "-c", COMMAND, *words, directory=file.parent)
    assert status == 0, printed
