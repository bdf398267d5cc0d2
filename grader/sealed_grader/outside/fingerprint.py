"""What a result depends on, as one key."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import platform
from functools import cache
from pathlib import Path

import nbformat

import dl_workshop
import sealed_grader
from sealed_grader.model import Assignment, Limits, SourceNotebook, sha256


@cache
def environment() -> dict[str, str]:
    """Return what else a result depends on: Python, all installed packages, this package."""
    installed = sorted(f"{d.name}=={d.version}" for d in importlib.metadata.distributions())
    own = sorted(
        path
        for package in (sealed_grader, dl_workshop)
        for path in Path(package.__file__).parent.rglob("*.py")
    )
    code = hashlib.sha256(b"".join(path.read_bytes() for path in own))
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": hashlib.sha256("\n".join(installed).encode()).hexdigest(),
        "dl_workshop": code.hexdigest(),
    }


def key_of(
    assignment: Assignment, name: str, submission: bytes, limits: Limits, sandboxed: bool
) -> str:
    """Return the key under which a result is stored: equal exactly if all that matters is equal."""
    parts = [environment(), dataclasses.asdict(limits), sandboxed, name,
             _digest_of(assignment.notebooks[name]),
             assignment.file_hashes, sha256(submission)]  # fmt: skip
    return sha256(json.dumps(parts, sort_keys=True).encode())


@cache
def _digest_of(source: SourceNotebook) -> str:
    """Return a hash of all in a source on which marks depend; its prose is not among that."""
    forms = [nbformat.reads(text, as_version=4) for text in (source.reference, source.released)]
    parts = [[(c.cell_type, c.source, c.metadata) for c in form.cells
              if c.cell_type == "code" or "nbgrader" in c.metadata] for form in forms]  # fmt: skip
    return sha256(json.dumps(parts, sort_keys=True).encode())
