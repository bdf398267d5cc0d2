"""Which names a cell defines, reads and imports, as its text says."""

from __future__ import annotations

import ast
import builtins
import warnings
from types import UnionType

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbgrader.utils import is_solution

KNOWN_EVERYWHERE = {*dir(builtins), "get_ipython", "display"}


def names_needed(reference: list[NotebookNode]) -> list[list[str]]:
    """Return for each cell of the source the variables that it needs from the student.

    These are the names that it, or a helper defined before it, reads, and that were last defined in
    an answer, or nowhere in the source. What the source itself defines, a student cannot replace.
    For an answer, they are those that it takes over from the source.
    """
    anywhere = set().union(*(bound_names(parse_cell(cell.source)) for cell in reference
                             if cell.cell_type == "code"))  # fmt: skip
    students: set[str] = set()
    ours: set[str] = set()
    read_before: set[str] = set()
    needs = []
    for cell in reference:
        tree = parse_cell(cell.source) if cell.cell_type == "code" else ast.Module([], [])
        bound = bound_names(tree)
        if is_solution(cell):
            imported = bound_names(only_nodes(tree, ast.Import | ast.ImportFrom))
            students |= bound - imported
            needs.append(sorted(ours & (bound - imported)))
            ours = (ours - bound) | imported
            continue
        read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        local = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
                 and not isinstance(node.ctx, ast.Load)}  # fmt: skip
        local |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        unknown = read - local - bound - students - ours - KNOWN_EVERYWHERE
        if "*" in anywhere:
            # They come from there, and an answer must not replace them.
            unknown = set()
        read_before |= read
        needs.append(sorted((read_before & students) | unknown))
        students -= bound
        ours |= bound
    return needs


def bound_names(tree: ast.Module) -> set[str]:
    """Return the names that a cell defines at its outermost level."""
    bound = set()
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
            continue
        if isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        if not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp
                          | ast.GeneratorExp):  # fmt: skip
            todo += ast.iter_child_nodes(node)
    return bound


def names_in(code: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell defines at its outermost level, and those that it reads."""
    tree = parse_cell(code)
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return bound_names(tree), {node.id for node in nodes if isinstance(node.ctx, ast.Load)}


def imported_modules(tree: ast.AST, package: str = "") -> set[str]:
    """Return the modules that code imports, wherever it does; also extensions of IPython.

    Args:
        tree: the code.
        package: the package from which relative imports start.

    Returns:
        Dotted names. In `from a import b`, `a.b` may be a module or not, and is among them.
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                module = ".".join([*above, *filter(None, [module])])
            if module:
                found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call):
            match [getattr(node.func, "attr", getattr(node.func, "id", "")), *node.args]:
                case ["run_line_magic", ast.Constant("load_ext"), ast.Constant(str(name))]:
                    found.add(name.strip())
                case ["import_module" | "__import__", ast.Constant(str(name)), *_]:
                    found.add(name)
    return {name for name in found if all(part.isidentifier() for part in name.split("."))}


def parse_cell(code: str) -> ast.Module:
    """Parse a cell with its magics; one that cannot be parsed counts as empty."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(TransformerManager().transform_cell(code))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def only_nodes(tree: ast.Module, kinds: type | UnionType) -> ast.Module:
    return ast.Module([node for node in tree.body if isinstance(node, kinds)], [])


def only_statements(code: str, kinds: type | UnionType) -> str:
    return ast.unparse(only_nodes(parse_cell(code), kinds))
