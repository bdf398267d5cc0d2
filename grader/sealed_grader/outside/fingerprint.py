"""The key of a result: a hash of all that it depends on."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import platform
from functools import cache

from sealed_grader.model import Assignment, Limits, SourceNotebook, sha256
from sealed_grader.notebooks import read_notebook
from sealed_grader.outside.imports import find_own_code, modules_of

# From these, imports lead to all of the grader on which a mark depends.
GRADER = ("sealed_grader.outside.grader", "sealed_grader.inside.worker")


@cache
def environment() -> dict[str, str]:
    """Return what all results depend on: Python, the installed packages, the grader itself."""
    installed = sorted(f"{d.name}=={d.version}" for d in importlib.metadata.distributions())
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": hashlib.sha256("\n".join(installed).encode()).hexdigest(),
        "grader": find_own_code(GRADER, own="sealed_grader").digest(),
    }


def code_imported(assignment: Assignment, name: str) -> str:
    """Return a hash of the code, neither standard nor installed, that a notebook imports."""
    key = assignment.digest, name
    if key not in _known_code:
        modules = [*modules_of(assignment, [name]), *assignment.advice.rpartition(".")[:1]]
        _known_code[key] = find_own_code(filter(None, modules)).digest()
    return _known_code[key]


# What a process has imported, it does not import again.
_known_code: dict[tuple[str, str], str] = {}


def key_of(
    assignment: Assignment, name: str, submission: bytes, limits: Limits, sandboxed: bool
) -> str:
    """Return the key of a result; keys are equal exactly if all that matters is equal."""
    parts = [environment(), code_imported(assignment, name), dataclasses.asdict(limits), sandboxed,
             name, _digest_of(assignment.notebooks[name]), assignment.file_hashes,
             assignment.advice, sha256(submission)]  # fmt: skip
    return sha256(json.dumps(parts, sort_keys=True).encode())


@cache
def _digest_of(source: SourceNotebook) -> str:
    """Return a hash of all in a source on which marks depend; its prose is not among that."""
    parts = [[(c.cell_type, c.source, c.metadata) for c in read_notebook(text).cells
              if c.cell_type == "code" or "nbgrader" in c.metadata]
             for text in (source.reference, source.released)]  # fmt: skip
    return sha256(json.dumps(parts, sort_keys=True).encode())
