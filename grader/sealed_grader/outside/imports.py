"""Find a course's own code that its notebooks import: helpers that are not published.

The standard library and installed packages are known by their versions. All else (an editable
install, an entry of `PYTHONPATH`) is found as Python would find it, but without importing it, and
followed through its own imports.
"""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from sealed_grader.model import Assignment, sha256
from sealed_grader.notebooks import read_notebook
from sealed_grader.outside.names import imported_modules, parse_cell

SITE_NAMES = ("site-packages", "dist-packages")
NOT_DATA = (".py", ".pyc", ".pyi")


@dataclass
class OwnCode:
    """Code that is neither of the standard library nor installed.

    Attributes:
        files: the file of each module, by its name; None for a folder without `__init__.py`.
        mounts: the outermost folders and files that hold these modules, by path in a folder from
            which Python can import them.
        sites: the folders of installed packages in which some of the imports were found.
    """

    files: dict[str, Path | None] = field(default_factory=dict)
    mounts: dict[str, Path] = field(default_factory=dict)
    sites: set[Path] = field(default_factory=set)

    def digest(self) -> str:
        """Return a hash of what these modules, and the data in their packages, consist of."""
        parts = [(name, sha256(path.read_bytes()))
                 for name, path in sorted(self.files.items()) if path]  # fmt: skip
        for target, folder in sorted(self.mounts.items()):
            parts += [(f"{target}/{path.relative_to(folder)}", sha256(path.read_bytes()))
                      for path in _data_files(folder)]  # fmt: skip
        return sha256(repr(parts).encode())


def _data_files(folder: Path) -> list[Path]:
    """Return the files of a package that are not code, without caches and hidden ones."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix not in NOT_DATA
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
        and os.access(path, os.R_OK)
    )


def find_own_code(modules: Iterable[str], *, own: str = "") -> OwnCode:
    """Return what these modules, and all that they import, have of their own.

    Args:
        modules: dotted names; one that cannot be found is left out.
        own: a package that counts as own even if it is installed.
    """
    found = OwnCode()
    # Where to look for modules in a package; None for nowhere.
    search_paths: dict[str, list[str] | None] = {}
    todo = sorted(modules, reverse=True)
    while todo:
        parts = todo.pop().split(".")
        for length in range(1, len(parts) + 1):
            name = ".".join(parts[:length])
            if name not in search_paths:
                spec = _find_spec(name, search_paths.get(name.rpartition(".")[0]))
                search_paths[name] = None
                if spec is not None:
                    search_paths[name], imported = _add(found, name, spec, parts[0] == own)
                    todo += imported
            if search_paths[name] is None:
                break
    return found


def _find_spec(name: str, search_path: list[str] | None) -> ModuleSpec | None:
    """Find a module as `import` does, and import nothing, unlike `importlib.util.find_spec`."""
    if search_path is not None:
        return PathFinder.find_spec(name, search_path)
    for finder in sys.meta_path:
        try:
            spec = finder.find_spec(name, None)
        except Exception:
            # Python would fail here too, and the cell would say so.
            continue
        if spec is not None:
            return spec
    return None


def _add(
    found: OwnCode, name: str, spec: ModuleSpec, is_own: bool
) -> tuple[list[str] | None, set[str]]:
    """Add a module; return where to look for modules in it, and the modules that it imports."""
    folders = spec.submodule_search_locations
    search_path = None if folders is None else list(folders)
    if search_path is not None and spec.origin is None:
        found.files[name] = None
        return search_path, set()
    if not spec.has_location or spec.origin is None or not os.path.isfile(spec.origin):
        return None, set()
    path = Path(spec.origin)
    site = _site_of(path)
    if site is not None and not is_own:
        found.sites.add(site)
        return None, set()
    found.files[name] = path
    parent, _, last = name.rpartition(".")
    if found.files.get(parent) is None:
        # It lies in no other package, except for folders that may hold anything.
        where, source = (last, path.parent) if search_path else (path.name, path)
        found.mounts["/".join([*filter(None, parent.split(".")), where])] = source
    if path.suffix != ".py":
        return search_path, set()
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return search_path, set()
    imported = imported_modules(tree, name if search_path else parent)
    if search_path and _imports_by_variable(tree):
        imported |= {f"{name}.{file.stem}" for file in path.parent.glob("*.py")}
    return search_path, imported


def _imports_by_variable(tree: ast.AST) -> bool:
    """Return whether code may import modules that it does not name."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(
        getattr(call.func, "attr", getattr(call.func, "id", "")) in ("import_module", "__import__")
        and not (call.args and isinstance(call.args[0], ast.Constant))
        for call in calls
    )


@cache
def _installed_folders() -> tuple[Path, ...]:
    sites = [Path(path) for path in sys.path if Path(path).name in SITE_NAMES]
    library = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    return tuple(path for folder in (*sites, *library) for path in {folder, folder.resolve()})


def _site_of(path: Path) -> Path | None:
    """Return the folder of installed packages in which a file lies, if it does."""
    places = (path, path.resolve())
    return next((site for site in _installed_folders()
                 if any(place.is_relative_to(site) for place in places)), None)  # fmt: skip


def modules_of(assignment: Assignment, names: Iterable[str] | None = None) -> list[str]:
    """Return the modules that notebooks of an assignment, and files beside them, import.

    Args:
        assignment: the assignment.
        names: which of its notebooks; None for all.
    """
    modules: set[str] = set()
    for name in assignment.notebooks if names is None else names:
        for cell in read_notebook(assignment.notebooks[name].reference).cells:
            if cell.cell_type == "code":
                modules |= imported_modules(parse_cell(cell.source))
    beside = set()
    for path, content in assignment.files.items():
        if path.endswith(".py"):
            beside.add(Path(path).parts[0].removesuffix(".py"))
            modules |= imported_modules(parse_cell(content.decode("utf-8", "replace")))
    return sorted(name for name in modules if name.partition(".")[0] not in beside)
