"""Create a new chapter that builds and passes all tests: `make chapter NAME=survival`.

It holds one of each thing that a chapter has, to be replaced one by one: a figure, questions,
practice, and a graded task with its checks and wrong answers.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from authoring.cards import write_cards
from authoring.pages import SourceError
from authoring.release import generate, write_sources
from authoring.source import ROOT, check, is_of_exercises, read_chapters, read_contents

SKELETON = Path(__file__).with_name("skeleton")
# Where each file goes; all are named after the chapter.
FILES = {
    "page.md": "book/{0}.md",
    "exercise.md": "solutions/{0}/{0}.md",
    "test_chapter.py": "tests/book/test_{0}.py",
    "mistakes.py": "tests/exercises/mistakes/{0}.py",
}


class ChapterError(ValueError):
    """There can be no such chapter; the message says why."""


def refuse_name(root: Path, name: str) -> None:
    """Refuse a name that cannot be that of files, Python modules and labels, or that is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9]*", name):
        raise ChapterError(
            f"{name!r} cannot be the name of a chapter. Use lower-case letters and digits,"
            " beginning with a letter, as in NAME=survival."
        )
    places = [each.format(name) for each in (*FILES.values(), "exercises/{0}")]
    if taken := [place for place in places if (root / place).exists()]:
        raise ChapterError(f"The name {name} is taken: {', '.join(taken)}.")


def with_entry(contents: str, name: str, after: str) -> str:
    """Return `_toc.yml` with a new chapter and its exercises after another page.

    Args:
        contents: the text of `_toc.yml`, whose comments and order stay as they are.
        name: the new chapter.
        after: the page after which it comes, such as `book/exercises/ols`.

    Raises:
        ChapterError: the page has no line of its own.
    """
    lines = contents.splitlines()
    places = [n for n, line in enumerate(lines) if line.strip() == f"- file: {after}"]
    if len(places) != 1:
        raise ChapterError(
            f"_toc.yml should have one line '- file: {after}', but has {len(places)}."
        )
    line = lines[places[0]]
    indent = len(line) - len(line.lstrip()) - (4 if is_of_exercises(after) else 0)
    entry = [f"- file: book/{name}", "  sections:", f"    - file: book/exercises/{name}"]
    lines[places[0] + 1 : places[0] + 1] = [" " * indent + line for line in entry]
    return "\n".join(lines) + "\n"


def texts_of(root: Path, name: str, title: str) -> dict[Path, str]:
    """Return the files of a new chapter, with the text of each."""
    chapters = list(read_chapters(root))
    pages = [page for part in read_contents(root).values() for page in part]
    last = "".join(chapters[-1:])
    after = [p for p in pages if p in (f"book/{last}", f"book/exercises/{last}")] or pages
    values = {"NAME": name, "TITLE": title, "NEEDS": last}
    texts = {}
    for template, place in FILES.items():
        text = (SKELETON / template).read_text(encoding="utf-8")
        texts[root / place.format(name)] = re.sub(
            r"\b(NAME|TITLE|NEEDS)\b", lambda found: values[found[0]], text
        )
    contents = root / "_toc.yml"
    texts[contents] = with_entry(contents.read_text(encoding="utf-8"), name, after[-1])
    return texts


def new_chapter(root: Path, name: str, title: str = "") -> list[Path]:
    """Create a new chapter after the last one, and release its exercises.

    Args:
        root: the folder of the course.
        name: what its files are called, such as `survival`.
        title: its title; by default the name, with a capital letter.

    Returns:
        The files that were written or changed.

    Raises:
        ChapterError: the name cannot be used, or `_toc.yml` cannot be changed.
        SourceError: something is wrong in another chapter or exercise.
        SystemExit: nbgrader failed.
        Whichever it is, the course is as it was.
    """
    refuse_name(root, name)
    check(root)
    texts = texts_of(root, name, title or name.capitalize())
    edition = root / "exercises" / name
    before = {path: path.read_bytes() for path in texts if path.exists()}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        write_cards(root)
        check(root)
        write_sources(root, root / "_build" / "source")
        generate(root, name, "exercises")
    except BaseException:
        for path in texts:
            if path in before:
                path.write_bytes(before[path])
            else:
                path.unlink(missing_ok=True)
        for folder in (root / "solutions" / name, edition):
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return [*texts, edition / f"{name}.ipynb"]


def main(arguments: list[str] | None = None) -> None:
    name, *title = sys.argv[1:] if arguments is None else arguments
    try:
        written = new_chapter(ROOT, name, " ".join(title))
    except (ChapterError, SourceError) as error:
        raise SystemExit(str(error)) from error
    print("\n".join(path.relative_to(ROOT).as_posix() for path in written))
    print("Replace their contents part by part; CONTRIBUTING.md says how.")


if __name__ == "__main__":
    main()
