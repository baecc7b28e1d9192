"""What is not a log, or one gone bad: one line says which file, which line and why, and what came before is judged."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from groupy_check import judge
from groupy_check.checker.errors import UsageError
from groupy_check.checker.history.gathering import gather
from groupy_check.checker.history.payload_text import payload_text
from groupy_check.checker.interfaces.cli import main
from groupy_check.groupy_model.verdict import Verdict
from tests.support.logs import Line, book_of, encoded, log_of, verdicts

# Two processes that have made a mistake which any judge sees, before anything goes bad.
WRONG = encoded(["p1 view 1 p1,p2", "p2 view 1 p1,p2", "p1 multicast a", "p1 deliver a", "p1 deliver a"])
NOT_UTF8 = "the file is not UTF-8 without a byte order mark; convert it, with iconv for example"
NULLS = "the line has null bytes, as a crash may leave them at the end of a file"
DEEP = "the line is nested too deeply; log an id instead"
DEEP_PAYLOAD = "the payload is nested too deeply; log an id instead"
NO_OBJECT = "not an event of groupy-log 1: Expected `object`, got "


def with_field(text: str) -> bytes:
    return f'{{"process": "p1", "event": "multicast", "payload": {text}}}\n'.encode()


LATER: dict[str, tuple[bytes, str]] = {
    "cut off": (b'{"process": "p1", "ev', "the line is cut off: "),
    "cut off within a letter": ('{"process": "pä'.encode()[:-1], "the line is not UTF-8 (byte 15)"),
    "a number": (b"3\n", f"{NO_OBJECT}`int`"),
    "a string": (b'"x"\n', f"{NO_OBJECT}`str`"),
    "null": (b"null\n", f"{NO_OBJECT}`null`"),
    "a list": (b"[1]\n", f"{NO_OBJECT}`array`"),
    "not a number": (with_field("NaN"), "not JSON: "),
    "infinity in a list": (with_field("[-Infinity]"), "not JSON: "),
    "a time that is no number": (b'{"process": "p1", "event": "note", "time": NaN}\n', "not JSON: "),
    "a time out of range": (b'{"process": "p1", "event": "note", "time": 1e999}\n', "not an event of groupy-log 1: Number out"),
    "an exponent out of range": (with_field("1e99999999999999999999"), "the payload has a number that is out of range; log"),
    "a process twice": (b'{"process": "p1", "process": "p2", "event": "start"}\n', "the line has `process` twice"),
    "an event twice": (b'{"process": "p1", "event": "start", "event": "crash"}\n', "the line has `event` twice"),
    "a payload twice": (with_field('1, "payload": 2'), "the line has `payload` twice"),
    "a view twice": (
        b'{"process": "p1", "event": "view", "view": 1, "view": 2, "members": ["p1"]}\n', "the line has `view` twice",
    ),
    "members twice": (
        b'{"process": "p1", "event": "view", "members": ["p1"], "members": ["p2"]}\n', "the line has `members` twice",
    ),
    "a field of a payload twice": (with_field('{"a": 1, "a": 2}'), "the payload cannot be read: an object in it has a field"),
    "a hundred thousand brackets": (with_field("[" * 10**5 + "]" * 10**5), DEEP),
    "nine hundred brackets": (with_field("[" * 900 + "]" * 900), DEEP_PAYLOAD),
    "brackets in a field that is not judged": (
        b'{"process": "p1", "event": "note", "x": ' + b'{"a":' * 10**5 + b"1" + b"}" * 10**5 + b"}\n", DEEP,
    ),
    "a state of brackets": (
        b'{"process": "p1", "event": "state", "payload": ' + b"[" * 900 + b"]" * 900 + b"}\n", DEEP_PAYLOAD,
    ),
    "null bytes": (b"\0" * 50 + b"\n", NULLS),
    "filled up with null bytes": (b"\0" * 4096, NULLS),
    "a null byte in a name": (b'{"process": "p1\0", "event": "start"}\n', NULLS),
    "half a pair of surrogates": (with_field('"\\ud800"'), "not JSON: "),
    "two events in one line": (encoded(["p1 start"]).strip() + encoded(["p1 start"]), "not JSON: JSON is malformed: trailing"),
    "single quotes": (b"{'process': 'p1', 'event': 'start'}\n", "not JSON: JSON is malformed: object keys must be strings"),
    "an identity that is a list": (
        encoded([{"process": "p1", "event": "view", "view": [1], "members": ["p1"]}]),
        "not an event of groupy-log 1: Expected `bool | int | float | str | null`, got `array` - at `$.view`",
    ),
    "an identity that is not exact": (
        b'{"process": "p1", "event": "view", "view": 1e16, "members": ["p1"]}\n',
        "`view` is a number too large to be exact; write it as a whole number or as a string",
    ),
    "an incarnation that is not exact": (
        b'{"process": "p1", "event": "start", "incarnation": 1e16}\n',
        "`incarnation` is a number too large to be exact; write it as a whole number or as a string",
    ),
    "a header of another version": (b'{"groupy-log": 2}\n', "the log has version 2; this program knows version 1"),
    "a header of no version": (b'{"groupy-log": "1"}\n', "the header cannot be read: Expected `int`, got `str`"),
    "a header that is an event": (
        b'{"groupy-log": 1, "process": "p1", "event": "start"}\n', "a header and an event in one line; the header is a line of",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LATER)
def test_what_goes_bad_is_told_and_what_came_before_is_judged(name: str) -> None:
    text, reason = LATER[name]
    book = book_of(WRONG + text + (encoded(["p1 deliver a"]) if text.endswith(b"\n") else b""))
    assert [str(fault)[: len(reason) + 7] for fault in book.faults] == [f"log1:6: {reason}"[: len(reason) + 7]]
    assert str(book.faults[0]).isprintable()
    assert sum(book.read.values()) == 5
    assert verdicts(gather(book), "no-duplication").finding("no-duplication").verdict is Verdict.VIOLATED


def zipped(text: bytes) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("log", text)
    return found.getvalue()


FIRST: dict[str, tuple[bytes, str]] = {
    "UTF-16": (WRONG.decode().encode("utf-16"), NOT_UTF8),
    "UTF-16 without a mark": (WRONG.decode().encode("utf-16-le"), NOT_UTF8),
    "UTF-32": (WRONG.decode().encode("utf-32"), NOT_UTF8),
    "a byte order mark": (b"\xef\xbb\xbf" + WRONG, NOT_UTF8),
    "Latin-1": ('{"process": "pä"}\n'.encode("latin-1"), "the line is not UTF-8 (byte 15)"),
    "gzip": (gzip.compress(WRONG), "the file is compressed (gzip); unpack it first"),
    "zip": (zipped(WRONG), "the file is compressed (zip); unpack it first"),
    "bzip2": (bz2.compress(WRONG), "the file is compressed (bzip2); unpack it first"),
    "xz": (lzma.compress(WRONG), "the file is compressed (xz); unpack it first"),
    "carriage returns": (WRONG.replace(b"\n", b"\r"), "lines must end with a line feed, not with a carriage return alone"),
    "a list of events": (b"[\n" + WRONG + b"]\n", "an event has to be in one line; jq -c can do that"),
    "an event over several lines": (b'{\n "process": "p1"\n}\n', "an event has to be in one line; jq -c can do that"),
    "prose": (b"hello\n", "not JSON: JSON is malformed: invalid character (byte 0); groupy judge --schema prints the format"),
    "half an event of ShiViz": (b'p1 {"p1": 1}\n', "the line is missing that says what happened"),
}


@pytest.mark.parametrize("name", FIRST)
def test_a_file_of_another_kind_is_told_by_its_first_line(name: str) -> None:
    text, reason = FIRST[name]
    (fault,) = book_of(text).faults
    assert fault.reason.startswith(reason)
    assert fault.line == (2 if name == "half an event of ShiViz" else 1)


def test_carriage_returns_before_line_feeds_and_blank_lines_do_no_harm() -> None:
    assert book_of(b"\r\n" + WRONG.replace(b"\n", b"\r\n") + b"\n \n").read == book_of(WRONG).read


def test_an_empty_file_is_noted() -> None:
    book = book_of(b"", WRONG)
    assert [str(warning) for warning in book.warnings] == ["log1:1: the file is empty"]
    assert book.faults == []


def test_logs_put_one_behind_the_other_have_several_headers() -> None:
    header = b'{"groupy-log": 1, "ordered": true}\n'
    assert book_of(header + WRONG + header + encoded(["p3 start"])).faults == []
    (fault,) = book_of(header + WRONG, b'{"groupy-log": 1, "ordered": false}\n').faults
    assert str(fault) == "log2:1: `ordered` is the opposite of what another file says; it must be the same in all"


def test_a_payload_may_speak_of_a_header_and_have_fields_of_a_line() -> None:
    strange = {"groupy-log": 9, "process": "x", "event": {"event": 1}, "payload": [{"payload": 1}]}
    events: list[Line] = [{"process": "p1", "event": event, "payload": strange} for event in ("multicast", "deliver")]
    book = book_of(encoded([*events, {"process": "p1", "event": "note", "say": "groupy-log"}]))
    assert (book.faults, sum(book.read.values())) == ([], 3)


def test_numbers_of_any_length_are_told_apart() -> None:
    digits = "9" * 5000
    assert payload_text(digits.encode()) != payload_text(f"{digits[:-1]}8".encode())
    assert payload_text(b"1" + b"0" * 500) == payload_text(b"1e500")
    views = [f"p1 view {2**70 + number} p1" for number in range(2)]
    assert [str(view) for view in log_of(*views).history.lives[0].views] == [f"v{2**70} {{p1}}", f"v{2**70 + 1} {{p1}}"]


PROGRAM = [sys.executable, "-c", "import sys; from groupy_check.checker.interfaces.cli import main; sys.exit(main())"]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.mkdir, "Is a directory"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (lambda path: path.with_name("other").touch(), "No such file or directory"),
    ],
)
def test_what_cannot_be_opened_is_told_in_one_line(make, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    make(path)
    with pytest.raises(UsageError) as told:
        judge(path)
    assert str(told.value) == f"{path}: {reason}; name the files of a log"


def test_a_fifo_and_standard_input_under_its_other_name_are_read(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(WRONG,))
    writer.start()
    assert judge(fifo, silent="correct").finding("no-duplication").verdict is Verdict.VIOLATED
    writer.join()
    command = [*PROGRAM, "judge", "/dev/stdin", "--quiet", "--property", "no-duplication"]
    assert subprocess.run(command, input=WRONG, stdout=subprocess.DEVNULL, check=False).returncode == 12


def test_the_command_tells_of_a_line_and_judges_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    log.write_bytes(WRONG + b"{" + b"x" * 10)
    assert main(["judge", str(log), "--quiet"]) == 12
    (error,) = capsys.readouterr().err.splitlines()
    assert error.startswith(f"groupy judge: {log}:6: the line is cut off: ")


@pytest.mark.slow
def test_a_line_of_a_hundred_megabytes_and_as_many_payloads_as_lines_are_read_in_little_memory(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        file.writelines(b'{"process": "p1", "event": "deliver", "payload": "m%d"}\n' % number for number in range(200_000))
        file.write(b'{"process": "p1", "event": "note", "text": "' + b"x" * 10**8)
    code = f"""
from groupy_check.checker.history.reading import read_logs
book = read_logs([{str(log)!r}])
print(len(book.texts), *book.faults, sep="|")
(peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))  # getrusage counts the parent's
print(int(peak) < 2**19)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"200000|{log}:200001: the line is longer than 16 MiB", "True"]
