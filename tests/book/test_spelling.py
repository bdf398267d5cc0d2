"""Spelling: every word of the prose is in an English dictionary or in the course's own list.

The prose is that of the pages, of the facts in their front matter, of the captions and alternative
texts of figures, and of the strings in code that are longer than a name: messages, what is printed,
and docstrings. Code, maths, addresses, and the names of directives, roles and labels are not prose.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from spellchecker import SpellChecker

from authoring.source import read_chapters

DICTIONARY = SpellChecker()
LIST = ROOT / "tests/data/words.txt"
# The doctor's strings are programs that attack, those of the PDF are pages.
SOURCES = sorted({*ROOT.glob("*.md"), *ROOT.glob("book/*.md"), *ROOT.glob("solutions/*/*.md"),
                  *ROOT.glob("dl_workshop/*.py"), *ROOT.glob("authoring/*.py"),
                  *ROOT.glob("grader/README.md"), *ROOT.glob("grader/sealed_grader/**/*.py")}
                 - {ROOT / "grader/sealed_grader/outside/doctor.py",
                    ROOT / "authoring/pdf.py"})  # fmt: skip

CELL = re.compile(r"^( *)```\{code-cell\}[^\n]*\n( *---\n.*?^ *---\n)?(.*?)^\1```", re.M | re.S)
ABOUT_FIGURE = re.compile(r"^( *)(?:caption|alt): (?P<words>[^\n]*\n(?:\1 +[^\n]*\n)*)", re.M)
STRING = re.compile(r'"(?P<words>[^"\n]*)"')
# In this order, because one may stand within another.
NOT_PROSE = [re.compile(pattern, re.M | re.S) for pattern in (
    r"\A---\n.*?^(?=question:|misconceptions:|---$)",  # front matter, but for facts
    r"^( *)(`{3,}).*?^\1\2",  # blocks of code
    r"\$\$.*?\$\$|\$[^$]+\$",
    r"^:{3,}[^\n]*$|^:[\w-]+:[^\n]*$",  # directives, but not what is in them
    r"^\([\w-]+\)=$",  # labels
    r"\{[\w:]+\}`(?:[^`<]*`)?|<[^<>`]*>`",  # roles, but not words of their own
    r"(`+)[^`].*?\1",
    r"\]\([^)]*\)",
    r"</?\w[^<>]*>",
    r"\w+://\S+|[\w./-]*\w\.[a-z]\w*",  # addresses, and names of files
    r"\w*[_\d]\w*|\\\w+|\{[^{}\n]*\}",  # names in code, in maths, and what a string formats
    r"^(?: {4})+\w+(?:, \*{0,2}\w+)*:",  # of which a docstring speaks
)]  # fmt: skip
# Two letters in a row are as often a formula.
WORD = re.compile(r"\b[A-Za-zÀ-ÖØ-öø-ÿ]{3,}(?:['’][a-z]+)?\b")

PAGE = """---
kernelspec: kernl
question: a questin
---
(lable)=
# Hedding
```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-nmae
    caption: the capton of a figure
    alt: >-
      altt text below it
---
varible = f("coode", "a messagge of words")
```
:::{admonition}
:class: clas
a wrod $x_\\aplha$ and `cde` {doc}`pge`
{ref}`othr words <taget>` [the linck](adress) https://adress.org {cite:p}`kee2020`
:::
"""

# American spellings that the dictionary holds, and the British ones for them.
BRITISH = {
    r"(?!(?:re|cap)siz)(\w{3,}[iy])z(e[drs]?|ers|ing|ations?)": r"\1s\2",
    r"(col|fav|behavi|neighb|hon|lab)or(s|ed|ing|able|ful|ites?|less)?": r"\1our\2",
    r"(model|label|travel|cancel|signal)(ed|ing|er)": r"\1l\2",
    r"(\w*[ilo]met|lit|fib|cent)er(s?)": r"\1re\2",
    r"center(ed|ing)": r"centr\1",
    r"gray(s|ish)?": r"grey\1",
    r"artifact(s?)": r"artefact\1",
    r"math": "maths",
}


def is_long(text: str) -> bool:
    """Whether a string is more than a name, such as a message."""
    return text.count(" ") >= 3


def words_of_cell(cell: re.Match[str]) -> str:
    """Return a cell with blanks for all but what is said of its figure, and its long strings."""
    found = [*ABOUT_FIGURE.finditer(cell.string, *cell.span(2)),
             *STRING.finditer(cell.string, *cell.span(3))]  # fmt: skip
    kept = {i for each in found if is_long(each["words"]) for i in range(*each.span("words"))}
    return "".join(
        character if character == "\n" or i in kept else " "
        for i, character in enumerate(cell[0], cell.start())
    )


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what a file says, with the line where it begins."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield 1, CELL.sub(words_of_cell, text)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_long(node.value):
            yield node.lineno, node.value


def words_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every word of the prose of a file, with its line."""
    for start, text in texts_of(path):
        for pattern in NOT_PROSE:
            text = pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
        for number, line in enumerate(text.split("\n"), start):
            for word in WORD.findall(line):
                yield number, word.replace("’", "'").removesuffix("'s")


def fault_of(word: str, listed: set[str]) -> str | None:
    """Say what is wrong with a word, if anything."""
    # At the beginning of a sentence any word has a capital letter.
    if {word, word[0].lower() + word[1:]} & listed:
        return None
    for american, british in BRITISH.items():
        if found := re.fullmatch(american, word.lower()):
            return f"the course is written in British English: {found.expand(british)}"
    if word.lower() in DICTIONARY:
        return None
    return "not a known word. Mend it; or, if it is right, add it to tests/data/words.txt"


def test_every_word_is_spelt_as_in_the_dictionary_or_the_list():
    listed = {*LIST.read_text(encoding="utf-8").split(), *read_chapters(ROOT)}
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {word}: {fault}"
        for path in SOURCES
        for line, word in words_of(path)
        if (fault := fault_of(word, listed))
    ]
    assert not faults, "\n".join(faults)


def test_the_list_is_sorted_and_needed():
    listed = LIST.read_text(encoding="utf-8").splitlines()
    assert listed == sorted(set(listed), key=lambda word: (word.lower(), word))
    used = {word for path in SOURCES for _, word in words_of(path)}
    used |= {word[0].lower() + word[1:] for word in used}
    assert [word for word in listed if word not in used] == []
    assert [word for word in listed if fault_of(word, set()) is None] == []


@pytest.mark.parametrize(
    ("word", "fault"),
    [("gradeint", "not a known word"), ("minimize", "minimise"), ("analyzed", "analysed"),
     ("realize", "realise"), ("colored", "coloured"), ("centered", "centred"),
     ("Modeling", "modelling")],
)  # fmt: skip
def test_a_misspelt_or_american_word_is_found(word, fault):
    assert fault in fault_of(word, set())


@pytest.mark.parametrize("word", ["size", "prize", "capsize", "meter", "laboratory", "horizon"])
def test_a_word_that_only_looks_american_is_right(word):
    assert fault_of(word, set()) is None


def test_only_prose_is_read(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert " ".join(word for _, word in words_of(page)) == (
        "question questin Hedding the capton figure altt text below messagge words wrod and othr"
        " words the linck"
    )
    assert [line for line, word in words_of(page) if word == "wrod"] == [20]
