"""The house style of the book's figures, and shared drawing functions.

Figures have a transparent background and few colours, each named here with its partner for
a dark page (the book's extension `theme_figures` swaps them). Every colour keeps a
contrast of at least 3:1 with its page, and blue and orange, the first two to use, stay apart for
colour-blind readers; the tests measure both. Series differ in dash as well.
"""

from __future__ import annotations

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
from cycler import cycler
from jaxtyping import Array, ArrayLike, Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

INK = "#1f2328"
"""Text, axes and the curve that the figure is about."""
MUTED = "#77808a"
"""Contours and other background."""
BLUE = "#0b6bb5"
"""The first series."""
ORANGE = "#c2500a"
"""The second."""
GREEN = "#0f8a5f"
"""The third."""
PURPLE = "#8e4a9e"
"""The fourth."""


DARK_PARTNER = {
    INK: "#e6e9ec",
    MUTED: "#8d97a1",
    BLUE: "#5cb3f5",
    ORANGE: "#ff9d5c",
    GREEN: "#3fd19b",
    PURPLE: "#d99ae6",
}
"""For each colour, its replacement on a dark page."""


def use_house_style() -> None:
    """Draw from now on in the style of the book; in a notebook, as scalable graphics."""
    mpl.rcParams.update(
        {
            "figure.figsize": (5.6, 3.5),
            "figure.facecolor": "none",
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "none",
            "axes.facecolor": "none",
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.titlecolor": INK,
            "axes.titlesize": "medium",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes3d.xaxis.panecolor": (0.5, 0.5, 0.5, 0.1),
            "axes3d.yaxis.panecolor": (0.5, 0.5, 0.5, 0.1),
            "axes3d.zaxis.panecolor": (0.5, 0.5, 0.5, 0.1),
            "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PURPLE])
            + cycler(linestyle=["-", "--", "-.", ":"]),
            "font.size": 11,
            "grid.color": MUTED,
            "legend.frameon": False,
            "lines.linewidth": 2,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "svg.hashsalt": "dl_workshop",
        }
    )
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        # Without a date, the same figure gives the same file.
        set_matplotlib_formats("svg", metadata={"Date": None})


def draw_contours(
    ax: Axes,
    field: Callable[[Float[np.ndarray, "n n"], Float[np.ndarray, "n n"]], Float[ArrayLike, "n n"]],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    levels: Float[Array, " k"] | list[float],
) -> None:
    """Draw lines of equal height of `field(x, y)`, and label the axes x and y.

    Args:
        ax: where to draw.
        field: the height, for arrays of x and y.
        x_range: the least and the greatest x.
        y_range: the least and the greatest y.
        levels: the heights to draw, increasing.
    """
    # With NumPy: each operation on a JAX array would be compiled, which takes longer.
    x, y = np.meshgrid(np.linspace(*x_range, 100), np.linspace(*y_range, 100))
    ax.contour(x, y, field(x, y), levels=levels, colors=MUTED, linewidths=0.8)
    ax.set(xlim=x_range, ylim=y_range, xlabel="x", ylabel="y")


def draw_path(
    ax: Axes,
    path: tuple[Float[Array, " n"], Float[Array, " n"]],
    color: str = BLUE,
    label: str | None = None,
    every: int = 1,
) -> None:
    """Draw a walk: a line with a dot for each step, a ring at the start, a square at the end.

    Args:
        ax: where to draw.
        path: the x and the y of the points, the start first.
        color: a colour of the house style.
        label: the text in the legend.
        every: put a dot on every `every`-th point only.
    """
    x, y = map(np.asarray, path)
    ax.plot(x, y, color=color, linestyle="-", linewidth=1.4, marker=".", markersize=5,
            markevery=every, label=label)  # fmt: skip
    ax.plot(x[0], y[0], color=color, marker="o", markersize=8, fillstyle="none")
    ax.plot(x[-1], y[-1], color=color, marker="s", markersize=7)


def name_part(artist: Artist, name: str, *words: float | str) -> None:
    """Name a part of the figure for the page's script, and pass the script a few words about it.

    Args:
        artist: the part.
        name: the script's name for it.
        words: numbers, or words without a space, that the script needs to know.
    """
    artist.set_gid(" ".join(map(str, (name, *words))))


def mark_scale(ax: Axes, name: str) -> None:
    """Tell the page's script where the axes lie, once their limits are final.

    An invisible line runs from the lower left corner to the upper right one. Its words say which
    values of x and y the corners have, so that the script can turn values into places.

    Args:
        ax: the axes.
        name: the script's name for them.
    """
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    (line,) = ax.plot([left, right], [bottom, top], color=INK, alpha=0)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    name_part(line, name, ax.get_xscale(), left, right, ax.get_yscale(), bottom, top)


def conceal(artist: Artist) -> None:
    """Draw a part of the figure out of sight, for the page's script to show.

    matplotlib leaves invisible parts out of its file. This one is in the file, but is clipped to a
    window outside the figure.
    """
    artist.set_in_layout(False)
    artist.set_clip_path(None)
    artist.set_clip_box(Bbox([[-2, -2], [-1, -1]]))
