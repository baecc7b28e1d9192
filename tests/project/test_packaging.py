"""What is installed, and what it leaves alone: files of a user's project may have any name but `groupy_check`.

The slow tests build the package and install it into fresh virtual environments, on every Python that this machine has.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = "import sys; from groupy_check.checker.interfaces.cli import check_main; sys.exit(check_main())"
FIRST = ("--nodes", "3", "--impl", "gms2")  # the README's first command
FOUND = 12  # the exit status of a violated safety property


def run(*command: str | Path, directory: Path) -> tuple[int, str]:
    """Run `command` in `directory`; its exit status and what it prints."""
    streams: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
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


# --- the package, built and installed ----------------------------------------------------------------------------------------

FOLDERS = ("groupy_model", "specs", "checker", "reports")
BETWEEN = "3.12"  # CI takes the oldest and the newest
PYTHONS = [
    pytest.param(version, marks=pytest.mark.long if version == BETWEEN else pytest.mark.slow)
    for version in ("3.11", BETWEEN, "3.13", "3.14")
]
ELSEWHERE = (".pyenv/versions/*/bin", ".local/share/uv/python/*/bin")  # in the home directory: where tools put interpreters


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the source archive, the wheel made from it, and, in `tree/`, the wheel made from the tree."""
    directory = tmp_path_factory.mktemp("built")
    for words in (("--outdir", directory), ("--wheel", "--outdir", directory / "tree")):
        status, printed = run(sys.executable, "-m", "build", *words, ROOT, directory=directory)
        assert status == 0, printed
    return directory


def the(pattern: str, directory: Path) -> Path:
    """The one file that is called so."""
    (found,) = directory.glob(pattern)
    return found


def listed(wheel: Path) -> list[str]:
    """What `wheel` contains, but for what is said about the package."""
    return sorted(name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name)


def interpreter(version: str) -> str | None:
    """Python `version` if there is one that runs: a shim may answer to the name and lead nowhere."""
    homes = (path for pattern in ELSEWHERE for path in sorted(Path.home().glob(pattern)))
    candidates = (shutil.which(f"python{version}", path=path) for path in (None, *homes))
    return next((found for found in candidates if found and run(found, "--version", directory=ROOT)[0] == 0), None)


@pytest.mark.slow
def test_a_wheel_holds_our_folders_and_nothing_else(built):
    if not (ROOT / ".git").exists():
        pytest.skip("needs a checkout: git says what is ours")
    status, printed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *FOLDERS, directory=ROOT)
    assert status == 0, printed
    ours = {f"groupy_check/{name}" for name in (*printed.split(), "__init__.py", "py.typed")}
    assert set(listed(the("*.whl", built))) == ours - {"groupy_check/checker/interfaces/groupy_check.py"}
    assert {name.partition("/")[0] for name in zipfile.ZipFile(the("*.whl", built)).namelist()} == {
        "groupy_check",
        the("*.whl", built).name.replace("-py3-none-any.whl", ".dist-info"),
    }


@pytest.mark.slow
def test_a_wheel_is_the_same_from_the_tree_and_from_the_source_archive(built):
    assert listed(the("*.whl", built)) == listed(the("tree/*.whl", built))


@pytest.mark.slow
def test_the_source_archive_holds_the_tests_and_what_one_reads_first(built):
    with tarfile.open(the("*.tar.gz", built)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "pyproject.toml",
        "tests/project/test_packaging.py",
    } <= names


@pytest.mark.parametrize("version", PYTHONS)
def test_the_first_command_works_on_each_python_from_both_archives(built, tmp_path, version):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"needs a Python {version}, on the PATH or where pyenv or uv put it")
    with TemporaryDirectory(dir=tmp_path) as directory:  # pytest would keep it, and it is large
        wheel = fresh(python, Path(directory, "wheel"), the("*.whl", built))
        finds_the_bug(wheel)
        # The libraries are borrowed from there: installing them takes half a minute.
        source = fresh(python, Path(directory, "source"), the("*.tar.gz", built), "--no-deps")
        borrowed = the("lib/python*/site-packages", wheel)
        the("lib/python*/site-packages", source).joinpath("libraries.pth").write_text(f"{borrowed}\n", encoding="utf-8")
        finds_the_bug(source)


def fresh(python: str, directory: Path, archive: Path, *options: str) -> Path:
    """A virtual environment in `directory` with `archive` installed."""
    made = run(python, "-m", "venv", directory, directory=directory.parent)
    install = ("-m", "pip", "install", "--quiet", "--no-compile", *options)
    installed = run(*alone(directory), *install, archive, directory=directory.parent)
    assert (made[0], installed[0]) == (0, 0), (made, installed)
    return directory


def finds_the_bug(environment: Path) -> None:
    """The command works there, and runs what was installed there."""
    status, printed = run(*alone(environment), environment / "bin" / "groupy-check", *FIRST, directory=environment)
    assert status == FOUND, printed
    where = "import groupy_check; print(groupy_check.__file__)"
    assert run(*alone(environment), "-c", where, directory=environment)[1].startswith(str(environment))


def alone(environment: Path) -> tuple[Path, str]:
    """The Python of `environment`, which sees no PYTHONPATH."""
    return environment / "bin" / "python", "-I"
