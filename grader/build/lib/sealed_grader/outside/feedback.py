"""What students and instructors are shown: outputs cut to size, and nothing that runs a script."""

from __future__ import annotations

import contextlib
import html
import importlib
import json
import re
from collections.abc import Callable
from typing import Any

import nbformat
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode

from sealed_grader.errors import CourseError
from sealed_grader.model import KEPT_TYPES, Step

# Beyond this much text and so many tags, written answers are shown as they stand.
MOST_TEXT, TEXT_OF_A_TAG = 100_000, 100
TAGS = ("a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt",
        "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "s",
        "samp", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead",
        "tr", "u", "ul")  # fmt: skip
MOST_CLASSES = 20
ATTRIBUTES = {"a": ["href", "title"], "code": ["class"], "div": ["class"], "span": ["class"]}


# Returns what a student should think about after an error, or None.
AdviceFor = Callable[[BaseException], str | None]


def no_advice(_: BaseException) -> None:
    """Return no advice, for a course that has none."""


def find_advice(name: str) -> AdviceFor:
    """Return the course's function for advice.

    Args:
        name: its dotted name; empty for none.

    Raises:
        CourseError: it cannot be imported.
    """
    if not name:
        return no_advice
    module, _, function = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise CourseError(
            f"c.SealedGrader.advice names {name}, which cannot be imported: {error}"
        ) from error


def as_notebook(steps: list[Step]) -> str:
    """Return the graded notebook as JSON: nothing in it runs in a browser."""
    room = MOST_TEXT
    cells = []
    for number, step in enumerate(step for step in steps if step.cell is not None):
        cell = NotebookNode(step.cell)
        if not step.trusted and cell.cell_type == "raw":
            # nbconvert would pass it on as HTML.
            cell = nbformat.v4.new_markdown_cell(harmless(cell.source, render=False))
        elif not step.trusted and cell.cell_type == "markdown":
            tags = cell.source.count("<") + cell.source.count(r"\begin")
            room -= len(cell.source) + TEXT_OF_A_TAG * tags
            pictures = cell.pop("attachments", {})
            cell.source = harmless(cell.source, pictures, render=room > 0)
        if "nbgrader" not in cell.metadata:
            cell.id = f"added-{number}"
        cells.append(cell)
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python",
                                       "name": "python3"}  # fmt: skip
    return nbformat.writes(notebook)


def harmless(
    text: str, pictures: dict[str, dict[str, str]] | None = None, *, render: bool = True
) -> str:
    """Return Markdown that shows what this Markdown says, and in which nothing runs.

    Links can run scripts too, and can be written in more ways in Markdown than one can list. So it
    is turned into HTML, of which only harmless tags and addresses are left.

    Args:
        text: Markdown of a student.
        pictures: attachments, by name and type; they are put below the text.
        render: False to show it as it stands. Tags and environments that are never closed take a
            time that grows with the square of their number.
    """
    # The one command of MathJax that makes a link.
    text = re.sub(r"\\href\b", r"\\mathrm", text)
    pictures = pictures or {}
    shown = f"<pre>{html.escape(text, quote=False)}</pre>"
    if render:
        nothing = {name: {"image/png": ""} for name in pictures}
        renderer = IPythonRenderer(escape=False, attachments=nothing)
        # It fails where an attachment is missing, or what is nested too deep.
        with contextlib.suppress(Exception):
            rendered = MarkdownWithMath(renderer=renderer).render(text)
            sanitizer = SanitizeHTML(tags=list(TAGS), attributes=ATTRIBUTES)
            shown = sanitizer.sanitize_html_tags(rendered)
    for name, forms in pictures.items():
        for kind, data in forms.items():
            shown += f'<p><img alt="{html.escape(name)}" src="data:{kind};base64,{data}"></p>'
    # A block of HTML ends at an empty line, after which Markdown would be looked for again.
    return "<div>" + shown.strip().replace("\n", "&#10;") + "</div>"


def clean(outputs: object, left: int, has_hidden_tests: bool = False) -> list[dict[str, Any]]:
    """Return what a cell showed, made anew from what a process says that it showed.

    Of a test that students do not see, what it prints is left out.
    """
    cleaned: list[dict[str, Any]] = []
    for output in outputs if isinstance(outputs, list) else []:
        match output:
            case {"output_type": "stream" | "display_data"} if has_hidden_tests:
                continue
            case {"output_type": "stream", "text": str(text)}:
                # What is on stderr decides nothing, here or in nbgrader, which would give 0 points.
                item = nbformat.v4.new_output("stream", name="stdout", text=text[:left])
            case {"output_type": "error", "ename": str(name), "evalue": str(value),
                  "traceback": [*lines]}:  # fmt: skip
                item = error_output(name[:200], value[:left], [str(line)[:left] for line in lines])
            case {"output_type": "execute_result" | "display_data" as kind, "data": dict(data)}:
                kept = {k: v.replace(r"\href", r"\mathrm") for k, v in data.items()
                        if isinstance(v, str) and len(v) <= left and k in KEPT_TYPES}  # fmt: skip
                if not kept:
                    continue
                item = nbformat.v4.new_output(kind, data=kept)
            case _:
                continue
        left -= len(json.dumps(item))
        cleaned.append(item)
        if left <= 0:
            break
    return cleaned


def error_output(name: str, message: str, lines: list[str] | None = None) -> NotebookNode:
    lines = [f"{name}: {message}"] if lines is None else lines
    return nbformat.v4.new_output("error", ename=name, evalue=message, traceback=lines)


def as_shown(step: Step, error: dict[str, Any], advice_for: AdviceFor = no_advice) -> NotebookNode:
    """Return an error of a test as its student may see it.

    Args:
        step: the test.
        error: its class and message, the names of its classes, and whether it is the student's.
        advice_for: returns advice on an error.
    """
    if not step.has_hidden_tests:
        shown = [o for o in step.shown.outputs if o["output_type"] == "error"]
        return shown[-1] if shown else error_output(error["class"], error["message"])
    message = error["message"]
    advice = None
    with contextlib.suppress(Exception):
        advice = advice_for(_with_classes(error["classes"], message))
    if error["from_student"]:
        # Its words are the student's, and may quote what the hidden test called it with.
        message = "Your code raised this error during a test that you do not see."
    elif not message or "AssertionError" not in error["classes"]:
        # Other than the words of its author, those of Python may quote what the code returned.
        message = "What your code returned did not pass a test that you do not see."
    lines = [f"{error['class']}: {message}", *filter(None, [advice])]
    return error_output(error["class"], message, lines)


def _with_classes(names: list[str], message: str) -> Exception:
    """Return an exception with this message, whose classes have these names, the first first."""
    kind: Any = Exception
    for name in reversed(names[:MOST_CLASSES]):
        if name.isidentifier() and name not in ("object", "BaseException", "Exception"):
            kind = type(name, (kind,), {})
    return kind(message)
