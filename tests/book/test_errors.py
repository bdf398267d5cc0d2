"""The page of common errors: each failing call fails as its heading says, and each cure cures."""

import re

import pytest


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("errors")


def output(cell):
    return "".join(output.text for output in cell.outputs)


def test_every_heading_names_the_error_that_its_cell_shows(chapter, site):
    source = (site.parent.parent / "book" / "errors.md").read_text()
    sections = re.split(r"^## ", source, flags=re.MULTILINE)[1:]
    errors, silent = sections[:-1], sections[-1]
    assert len(errors) >= 10
    cells = iter(chapter.cells[1:])
    for section in errors:
        heading = section.splitlines()[0]
        failing, cured = next(cells), next(cells)
        for name in heading.split(" and "):
            assert name in output(failing), heading
        assert "Error" not in output(cured), heading
        assert "**Cause.**" in section
        assert "**Cure.**" in section
    assert silent.startswith("Nothing is said")


def test_what_is_silently_wrong(chapter):
    assert chapter.text("attempt(grad(root_or_zero), 0.0)").split() == ["0.0", "nan"]
    assert chapter.text("attempt(grad(safe_root), 0.0)").split() == ["0.0"]
    read, written = chapter.text("attempt(lambda: values.at[10].set(0.0))").splitlines()
    assert float(read) == 3.0
    assert written == "[ 1. -2.  3.]"
    line = "attempt(lambda: random.normal(first) == random.normal(second))"
    assert chapter.text(line).split() == ["True", "False"]
    assert chapter.text("attempt(scale_by_rate, 1.0)").split() == ["2.0", "2.0"]
    assert chapter.numbers("attempt(lambda: jnp.array(2_000_000_000) + 2_000_000_000)")[0] < 0
