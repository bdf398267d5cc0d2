"""What holds for every chapter."""

import matplotlib as mpl
import pytest
import yaml
from conftest import ROOT

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
CHAPTERS = [entry["file"].removeprefix("book/") for entry in TOC["parts"][0]["chapters"]]


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_reader_who_types_only_the_unfolded_code_gets_no_error(executed, name):
    visible = [
        cell.source
        for cell in executed(name).cells
        if not {"hide-input", "hide-cell", "remove-cell"} & set(cell.metadata.get("tags", []))
    ]
    assert len(visible) > 10
    with mpl.rc_context():
        exec("\n".join(visible), {})
