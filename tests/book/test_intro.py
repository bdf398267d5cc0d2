"""The picture on the README is the one that the landing page draws."""

import re

import matplotlib as mpl
import matplotlib.pyplot as plt
from conftest import ROOT
from matplotlib.testing.compare import compare_images
from matplotlib.testing.exceptions import ImageComparisonFailure


def test_the_cover_is_what_the_cell_draws():
    text = (ROOT / "book" / "intro.md").read_text()
    [cell] = re.findall(r"```\{code-cell\} ipython3\n---\n.*?\n---\n(.*?)```", text, re.DOTALL)
    mpl.use("agg")
    fresh = ROOT / "_build" / "cover.png"
    fresh.parent.mkdir(exist_ok=True)
    with mpl.rc_context():
        exec(cell.replace("plt.show()", ""), {})
        plt.savefig(fresh, dpi=110, facecolor="white", pil_kwargs={"optimize": True})
    plt.close("all")
    try:
        difference = compare_images(str(ROOT / "book" / "cover.png"), str(fresh), tol=5)
    except ImageComparisonFailure as error:
        difference = error
    assert difference is None, f"Look at {fresh}, and copy it over book/cover.png.\n{difference}"
