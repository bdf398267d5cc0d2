"""What holds for every chapter."""

import pytest
from conftest import CHAPTERS

NAMES = [chapter.removeprefix("book/") for chapter in CHAPTERS]


@pytest.mark.slow
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
