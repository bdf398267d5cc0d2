"""What students must not be given: graded solutions, hidden tests, rubrics, or a way to them."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from authoring.source import exercise_paths

ROOT = Path(__file__).parent.parent
NAMES = [path.stem for path in exercise_paths(ROOT)]
SOLUTIONS = re.compile(r"\bsolutions(/|%2F)", re.IGNORECASE)
# They tell instructors where exercises are written.
FOR_INSTRUCTORS = {"instructors", "publish"}


def secrets(name: str) -> set[str]:
    """Return the lines of solutions, hidden tests and rubrics that are nowhere in public."""
    source = (ROOT / f"solutions/{name}/{name}.md").read_text(encoding="utf-8")
    kinds = "(SOLUTION|HIDDEN TESTS|MARK SCHEME)"
    block = re.compile(rf"BEGIN {kinds}[^\n]*\n(.*?)\n[^\n]*END \1", re.DOTALL)
    hidden = {line.strip() for _, part in block.findall(source) for line in part.splitlines()}
    public = {line.strip() for line in block.sub("", source).splitlines()}
    return {line for line in hidden - public if len(line) >= 25}


def leaks_in(folder: Path) -> list[tuple[str, str]]:
    """Return what a folder lets out: files, and a secret line or the path that each of them holds.

    Every file is read, whatever its name: pages, notebooks, scripts, the inventory of labels.
    """
    hidden = {"".join(line.split()): line for name in NAMES for line in secrets(name)}
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        for text in _texts_in(path):
            packed = "".join(text.split())
            found += [(name, line) for key, line in hidden.items() if key in packed]
            if SOLUTIONS.search(unescape(text)) and path.stem not in FOR_INSTRUCTORS:
                found.append((name, "solutions/"))
        if SOLUTIONS.search(name):
            found.append((name, "its name"))
    return found


def _texts_in(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    if path.suffix == ".inv":
        content = zlib.decompress(content.split(b"\n", 4)[4])
    text = content.decode(errors="replace")
    yield text
    if path.suffix == ".html":
        yield unescape(re.sub(r"<[^>]*>", "", text))
    if path.suffix in {".ipynb", ".json"}:
        yield "\n".join(_strings_in(json.loads(text)))


def _strings_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings_in(each)
