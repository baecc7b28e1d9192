"""The pages of the site during generation, and how a document of the repository becomes one of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
COMMENT = re.compile(r"^ *<!--.*?-->\n", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^()\s]+)\)$", re.MULTILINE)
CODE_OR_LINK = re.compile(r"(?P<code>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))|\]\((?P<target>[^()\s]+)\)", re.DOTALL)
ELSEWHERE = re.compile(r"[a-z]+:|#|//")  # a link that leaves the repository, or stays on the same page
LANGUAGES = {".erl": "erlang", ".py": "python", ".json": "json", ".md": "markdown", ".toml": "toml"}


@dataclass(frozen=True, slots=True)
class Sources:
    """The input of Sphinx: `pages` maps names to Markdown, `files` maps target paths to the files copied there.

    `documents` maps each document (or `document#section`) under `root` that has a page to the name of that page.
    """

    root: Path
    documents: dict[str, str]
    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

    def add_document(self, path: str) -> None:
        """Add a page with the document at `path`."""
        self.pages[self.documents[path]] = self.moved((self.root / path).read_text(encoding="utf-8"), path)

    def link(self, path: str) -> str:
        """Return the address of the file or directory at `path`, adding a page for it if it has none yet.

        A path that does not exist is returned unchanged; Sphinx then reports the dead link.
        """
        if path not in self.documents and f"{path}/README.md" in self.documents:
            path = f"{path}/README.md"
        file = self.root / path
        if path in self.documents:
            return f"/{self.documents[path]}.md"
        if path.startswith("..") or not file.exists():
            return path
        if file.suffix == ".svg":
            self.files[path] = file
            return f"/{path}"
        name = f"source/{path.removesuffix('.py')}"
        if file.is_dir():
            files = sorted(one.name for one in file.iterdir() if one.is_file())
            text = "\n".join(f"- [{one}]({self.link(f'{path}/{one}')})" for one in files)
        else:
            text = listing(file.suffix, file.read_text(encoding="utf-8"))
        self.pages[name] = f"---\norphan: true\nnosearch: true\n---\n\n# {path}\n\n{text}\n"
        return f"/{name}.md"

    def moved(self, text: str, path: str) -> str:
        """Return `text`, part of the document at `path`, for the site: links lead to pages, pictures framed, comments gone."""
        return "".join(part if fenced else self._moved_prose(part, path) for part, fenced in parts(text))

    def _moved_prose(self, text: str, path: str) -> str:
        def target(link: str) -> str:
            if ELSEWHERE.match(link):
                return link
            place, mark, section = posixpath.normpath(posixpath.join(posixpath.dirname(path), link)).partition("#")
            whole = f"{place}#{section}"
            return self.link(whole if whole in self.documents else place) + mark + section

        def link_moved(found: re.Match[str]) -> str:
            return found["code"] or f"]({target(found['target'])})"

        def framed(found: re.Match[str]) -> str:
            return figure(target(found[2]), found[1])

        # A picture's link is moved with its frame; no link may be moved twice.
        return between(PICTURE, COMMENT.sub("", text), framed, lambda rest: CODE_OR_LINK.sub(link_moved, rest))


def between(pattern: re.Pattern[str], text: str, found: Callable[[re.Match[str]], str], others: Callable[[str], str]) -> str:
    """Return `text` with `found` applied to the matches of `pattern`, and `others` to the text between them."""
    done, last = [], 0
    for match in pattern.finditer(text):
        done += [others(text[last : match.start()]), found(match)]
        last = match.end()
    return "".join([*done, others(text[last:])])


def parts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield `text` in parts, each with whether it is a fenced code block."""
    lines: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        mark = FENCE.match(line)
        if not fence and mark:
            yield "".join(lines), False
            lines, fence = [line], mark[1]
        elif fence and line.strip() and not line.strip().strip(fence[0]) and len(line.strip()) >= len(fence):
            yield "".join([*lines, line]), True
            lines, fence = [], ""
        else:
            lines.append(line)
    yield "".join(lines), bool(fence)


def figure(address: str, alternative: str) -> str:
    """Return a picture in a frame that scrolls if the picture is wide."""
    return f":::{{figure}} {address}\n:alt: {' '.join(alternative.split())}\n:figclass: picture\n:::"


def listing(suffix: str, text: str) -> str:
    """Return a source file as a code block with line numbers."""
    return f"``````````{{code-block}} {LANGUAGES.get(suffix, 'text')}\n:linenos:\n\n{text}``````````\n"


def contents(names: Iterator[str] | list[str], caption: str = "") -> str:
    """Return a table of contents that makes the pages `names` children of the page it is on."""
    head = f":caption: {caption}\n" if caption else ""
    return "```{toctree}\n:hidden:\n:titlesonly:\n" + head + "\n" + "\n".join(f"/{name}" for name in names) + "\n```\n"
