"""Pages as written in MyST Markdown: front matter, and cells with the lines where they begin."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import NotebookNode, ValidationError

FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(
    r"^(?::{3,}|`{3,})\{(?P<name>[\w-]+)\} *(?P<title>.*)\n(?P<options>(?::[\w-]+:.*\n)*)",
    re.MULTILINE,
)
HEADING = re.compile(r"^(?:#|##) (.*)$", re.MULTILINE)


class Fault(NamedTuple):
    """What is wrong in a source, and where."""

    path: Path
    line: int
    cause: str

    def __str__(self) -> str:
        here = Path.cwd()
        shown = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
        return f"{shown}:{self.line}: {self.cause}"


class SourceError(ValueError):
    """Sources cannot be used; the message has a line for each fault, with file, line and cause."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


class Cell(NamedTuple):
    """A cell, and the line of its file where it begins."""

    line: int
    node: NotebookNode

    @property
    def is_code(self) -> bool:
        return self.node.cell_type == "code"

    @property
    def source(self) -> str:
        return self.node.source

    @property
    def first_line(self) -> str:
        return self.source.partition("\n")[0]


class Directive(NamedTuple):
    """The head of a directive in a page, with the heading under which it stands."""

    line: int
    name: str
    title: str
    options: dict[str, str]
    heading: str


@dataclass(frozen=True)
class Page:
    """A page as written.

    Attributes:
        path: its file.
        text: all of it.
        about: its front matter.
        cells: its code, and the Markdown in between.
    """

    path: Path
    text: str
    about: dict[str, object] = field(repr=False)
    cells: list[Cell] = field(repr=False)

    @property
    def name(self) -> str:
        return self.path.stem

    def line_of(self, key: str) -> int:
        """Return the line of a key of the front matter, or else its first one."""
        front = FRONT_MATTER.match(self.text)
        found = front and re.search(rf"^{key}:", front[0], re.MULTILINE)
        return self.text[: found.start()].count("\n") + 1 if found else 1

    def directives(self) -> Iterator[Directive]:
        """Yield the directives of its Markdown, but not its code cells."""
        heading = ""
        for cell in self.cells:
            if cell.is_code:
                continue
            ends = {match.end(): match[1] for match in HEADING.finditer(cell.source)}
            for match in DIRECTIVE.finditer(cell.source + "\n"):
                above = [end for end in ends if end <= match.start()]
                under = ends[max(above)] if above else heading
                options = re.findall(r"^:([\w-]+): *(.*)$", match["options"], re.MULTILINE)
                line = cell.line + cell.source[: match.start()].count("\n")
                yield Directive(line, match["name"], match["title"], dict(options), under)
            heading = list(ends.values())[-1] if ends else heading


def read_page(path: Path) -> Page:
    """Return a page as written.

    Raises:
        SourceError: its metadata cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    try:
        notebook = copy.deepcopy(_parsed(text))
    except (MystMetadataParsingError, ValidationError) as error:
        cause = " ".join(str(error).split())
        where = re.search(r"at line (\d+) ", cause)
        line = int(where[1]) if where else 1
        raise SourceError([Fault(path, line, f"metadata cannot be read: {cause}")]) from error
    lines = text.split("\n")
    cells = []
    for start, node in zip(notebook.metadata.pop("source_map"), notebook.cells, strict=True):
        first = node.source.partition("\n")[0].rstrip()
        # The map points at the fence of a cell, or at what stands before its text.
        found = (n for n in range(start, len(lines)) if lines[n].rstrip() == first)
        cells.append(Cell(next(found, start) + 1, node))
    return Page(path, text, dict(notebook.metadata), cells)


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> NotebookNode:
    """Return the notebook of a text; a build, and each edit in the preview, asks again."""
    return myst_to_notebook(text, add_source_map=True)
