"""Put a submission together with its source: tests and points from here, answers from there."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from sealed_grader.errors import MalformedError
from sealed_grader.model import INSIDE, SourceNotebook, Step
from sealed_grader.notebooks import read_notebook
from sealed_grader.outside.names import bound_names, names_needed, only_statements, parse_cell

PICTURES = ("image/png", "image/jpeg", "image/gif")
MOST_CELLS = 5_000


def merge(
    source: SourceNotebook, submission: bytes, inside: Collection[str] = ()
) -> tuple[list[Step], list[str]]:
    """Return the steps to run for a submission, and notes on what was repaired.

    Cells are recognised by their grade id, or else by their cell id. Those of the source come in
    its order and with its text; cells that the student added stay behind the cell that they follow.
    If an answer appears more than once, the last copy counts, and the others run before it.

    Args:
        source: the notebook as it should be.
        submission: the bytes of the submitted file.
        inside: tests that run in the student's process, besides those with the tag for it.

    Returns:
        The steps in order, and a note on every repair.

    Raises:
        MalformedError: it cannot be read as a notebook.
    """
    reference, graded, released, needs = _forms(source)
    cells = _read(submission)
    by_name = {_name(cell): i for i, cell in enumerate(graded) if _name(cell)}
    # For cells that have lost their metadata. Where an id appears twice, names decide.
    named = {_name(cell) for cell in cells}
    by_id = {cell.id: i for i, cell in enumerate(graded) if _name(cell) not in named - {None}}
    notes: list[str] = []
    places: dict[int, NotebookNode] = {}
    added: dict[int, list[NotebookNode]] = defaultdict(list)
    anchor = -1
    for cell in cells:
        place = by_name.get(_name(cell), by_id.get(cell.id))
        if place is None and _name(cell):
            notes.append(
                f"Cell {_name(cell)} is not in the assignment; it was treated as the student's own."
            )
        if place is None or (
            not _name(graded[place]) and cell.cell_type != graded[place].cell_type
        ):
            added[anchor].append(cell)
            continue
        if place in places:
            name = _name(graded[place])
            if name:
                notes.append(f"Cell {name} appears more than once; the last copy is graded.")
            if not name or is_solution(graded[place]):
                # Not behind the one that counts, which it would undo.
                added[place - 1].append(places[place])
        places[place] = cell
        anchor = place
        notes += find_repairs(cell, graded[place], released[place])

    steps = [_added_step(cell) for cell in added[-1]]
    for place, (whole, kept, public) in enumerate(zip(reference, graded, released, strict=True)):
        found = places.get(place)
        if found is None and _name(kept):
            notes.append(f"Cell {_name(kept)} was missing; it was put back.")
        steps.append(_step(whole, kept, public, found, needs[place], _name(kept) in inside))
        steps += [_added_step(cell) for cell in added[place]]
    return steps, notes


@lru_cache
def _forms(source: SourceNotebook) -> tuple[list, list, list, list[list[str]]]:
    """Return the cells of the three forms, and the names that each needs; none is ever changed."""
    forms = [read_notebook(text).cells
             for text in (source.reference, source.graded, source.released)]  # fmt: skip
    return *forms, names_needed(forms[0])


def _name(cell: NotebookNode) -> str | None:
    """Return the grade id of a cell that nbgrader knows."""
    about = cell.metadata.get("nbgrader")
    if isinstance(about, dict) and any(
        about.get(k) for k in ("grade", "solution", "locked", "task")
    ):
        name = about.get("grade_id")
        return name if isinstance(name, str) else None
    return None


def _read(submission: bytes) -> list[NotebookNode]:
    """Parse an untrusted file; keep only the fields that grading uses."""
    try:
        text = submission.decode("utf-8-sig")
        notebook = json.loads(text)
        if notebook["nbformat"] != 4:
            with warnings.catch_warnings(action="ignore"):
                notebook = read_notebook(text)
        if len(notebook["cells"]) > MOST_CELLS:
            raise MalformedError(f"The notebook has more than {MOST_CELLS} cells.")
        # Validating all of it would take long, and outputs may be anything.
        return [_cell(cell) for cell in notebook["cells"]]
    except MalformedError:
        raise
    except RecursionError:
        raise MalformedError("The notebook is nested too deeply.") from None
    except Exception as error:
        raise MalformedError(
            f"This is not a notebook: {type(error).__name__}: {error}"[:300]
        ) from None


def _cell(given: dict[str, Any]) -> NotebookNode:
    """Return a cell with the fields that grading uses."""
    text = given.get("source", "")
    text = text if isinstance(text, str) else "".join(text)
    # Half of a pair of surrogates can stand in JSON, and nowhere else.
    text = text.encode("utf-8", "replace").decode()
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell,
            "raw": nbformat.v4.new_raw_cell}[given["cell_type"]]  # fmt: skip
    metadata = given.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    about, tags = metadata.get("nbgrader"), metadata.get("tags")
    cell = make(text)
    cell.metadata = nbformat.from_dict({
        "nbgrader": about if isinstance(about, dict) else {},
        "tags": [str(tag) for tag in tags] if isinstance(tags, list) else []})  # fmt: skip
    # Notebooks of older formats have none.
    cell.id = str(given.get("id", ""))
    if cell.cell_type == "markdown":
        cell["attachments"] = _pictures(given.get("attachments"))
    return cell


def _pictures(attachments: object) -> dict[str, dict[str, str]]:
    """Return those attachments of a cell that are pictures, and nothing that runs."""
    return {
        name: {kind: data for kind, data in forms.items() if kind in PICTURES
               and isinstance(data, str) and re.fullmatch(r"[A-Za-z0-9+/=\s]+", data)}
        for name, forms in (attachments.items() if isinstance(attachments, dict) else ())
        if isinstance(forms, dict)
    }  # fmt: skip


def find_repairs(cell: NotebookNode, kept: NotebookNode, public: NotebookNode) -> Iterator[str]:
    """Yield a note for each change to a protected part of a cell."""
    name = _name(kept)
    if name is None:
        return
    if not is_solution(kept) and cell.source.strip() != public.source.strip():
        yield f"Cell {name} was changed; the original was used."
    if cell.cell_type != kept.cell_type:
        yield f"Cell {name} had become a {cell.cell_type} cell; this was undone."
    about = cell.metadata.get("nbgrader")
    about = about if isinstance(about, dict) else {}
    for key in ("grade_id", "grade", "solution", "locked", "task", "points"):
        if about.get(key) != kept.metadata.nbgrader.get(key):
            yield f"The {key} of cell {name} was changed; this was undone."
    if set(cell.metadata.get("tags", [])) - set(kept.metadata.get("tags", [])):
        yield f"Tags were added to cell {name}; they were ignored."


def _added_step(cell: NotebookNode) -> Step:
    shown = NotebookNode(cell.copy())
    shown.metadata = NotebookNode()
    code = cell.source if cell.cell_type == "code" else None
    return Step(shown, student_code=code, trusted=False)


def _step(
    whole: NotebookNode,
    kept: NotebookNode,
    public: NotebookNode,
    found: NotebookNode | None,
    needs: list[str],
    inside: bool,
) -> Step:
    """Return the step for a cell of the source; `found` is the submission's version of it."""
    is_code = kept.cell_type == "code"
    answer = is_solution(kept)
    of_source = _name(kept) is not None and not answer
    shown = NotebookNode(kept.copy())
    shown.metadata = NotebookNode({key: value for key, value in kept.metadata.items()
                                   if key in ("nbgrader", "tags")})  # fmt: skip
    if not of_source:
        if found is None and not answer:
            return Step(None, examiner_code=kept.source if is_code else None, names=needs)
        shown.source = found.source if found is not None else kept.source
        pictures = found.get("attachments") if found is not None else None
        if not is_code and shown.source != kept.source and pictures is not None:
            shown["attachments"] = pictures
    # An answer that was left as it is has to stay so: nbgrader recognises it.
    step = Step(shown, trusted=of_source or shown.source == kept.source)
    if not is_code:
        return step
    shown.outputs, shown.execution_count = [], None
    if is_grade(kept) and not answer:
        step.test = _name(kept)
        step.inside = inside or INSIDE in kept.metadata.get("tags", [])
        step.names = needs
        step.examiner_code = kept.source
        # What students see of the tests they may use, as in JupyterLab: imports and helpers.
        helpers = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
        step.student_code = only_statements(public.source, helpers)
        step.has_hidden_tests = kept.source.strip() != public.source.strip()
        if step.has_hidden_tests:
            shown.source = public.source.rstrip() + "\n# Hidden tests were run here."
    elif answer:
        step.student_code = shown.source
        taken_over = [f"globals().pop({name!r}, None)" for name in needs]
        imports = only_statements(whole.source, ast.Import | ast.ImportFrom)
        step.examiner_code = "\n".join([*taken_over, imports]).strip() or None
        step.defines = bound_names(parse_cell(whole.source))
    else:
        step.student_code = shown.source
        step.examiner_code = kept.source
        step.names = needs
    return step
