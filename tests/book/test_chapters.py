"""What holds for every chapter."""

import ast
import builtins
import symtable

import pytest
from conftest import CHAPTERS

NAMES = [chapter.removeprefix("book/") for chapter in CHAPTERS]


def globals_of(table):
    """Return the global names that code binds and those that it reads, also in its functions."""
    outermost = table.get_type() == "module"
    here = [each for each in table.get_symbols() if outermost or each.is_global()]
    bound = {each.get_name() for each in here if each.is_assigned() or each.is_imported()}
    read = {each.get_name() for each in here if each.is_referenced()}
    inner = [globals_of(child) for child in table.get_children()]
    return bound.union(*(b for b, _ in inner)), read.union(*(r for _, r in inner))


@pytest.mark.parametrize("name", NAMES)
def test_no_unfolded_cell_needs_a_name_from_a_folded_one(executed, name):
    known = set(dir(builtins))
    statements = ast.parse("\n".join(executed(name).sources(folded=False))).body
    for code in map(ast.unparse, statements):
        bound, read = globals_of(symtable.symtable(code, name, "exec"))
        assert read - bound - known == set(), code
        known |= bound
    assert len(statements) > 50


@pytest.mark.nightly
@pytest.mark.parametrize("name", NAMES)
def test_a_reader_who_types_only_the_unfolded_code_gets_no_error(executed, name):
    variables, _ = executed(name).run(folded=False)
    assert variables


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_labels_its_axes(run, name):
    _, figures = run(name)
    assert figures, f"book/{name}.md shows no figure."
    for figure in figures:
        assert any(ax.get_xlabel() for ax in figure.axes)
        assert any(ax.get_ylabel() for ax in figure.axes)
