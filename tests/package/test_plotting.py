"""The house style: colours that keep apart, and the drawings that chapters share."""

import itertools
import re

import jax.numpy as jnp
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from authoring.sphinx.figures.theme_figures import darken
from dl_workshop import plotting

# The theme's page, light and dark.
WHITE, NIGHT = "#ffffff", "#121212"
SERIES = [plotting.BLUE, plotting.ORANGE, plotting.GREEN, plotting.PURPLE]


@pytest.fixture(autouse=True)
def _house_style():
    mpl.use("agg")
    with mpl.rc_context():
        plotting.use_house_style()
        yield
    plt.close("all")


def linear(colour):
    """Linear light of an sRGB colour."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Contrast ratio of WCAG 2."""
    low, high = sorted(0.05 + linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return high / low


def lab(rgb):
    """CIELAB of linear light, for D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(xyz @ rgb / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# Machado, Oliveira and Fernandes (2009), severity 1.
COLOUR_VISION = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


@pytest.mark.parametrize("colour", plotting.DARK_PARTNER)
def test_every_colour_stands_out_from_its_page(colour):
    needed = 4.5 if colour == plotting.INK else 3.0
    assert contrast(colour, WHITE) >= needed
    assert contrast(plotting.DARK_PARTNER[colour], NIGHT) >= needed


@pytest.mark.parametrize("eyes", COLOUR_VISION)
@pytest.mark.parametrize("page", ["light", "dark"])
def test_blue_and_orange_keep_apart_for_all_eyes(eyes, page):
    pair = [plotting.BLUE, plotting.ORANGE]
    if page == "dark":
        pair = [plotting.DARK_PARTNER[c] for c in pair]
    one, other = (lab(np.clip(COLOUR_VISION[eyes] @ linear(c), 0, 1)) for c in pair)
    assert np.linalg.norm(one - other) > 40


def test_series_differ_in_dash_as_well_as_in_colour():
    dashes = [each["linestyle"] for each in mpl.rcParams["axes.prop_cycle"]]
    colours = [each["color"] for each in mpl.rcParams["axes.prop_cycle"]]
    assert colours == SERIES
    assert all(a != b for a, b in itertools.combinations(dashes, 2))


def draw(tmp_path):
    fig, ax = plt.subplots()
    plotting.draw_contours(ax, lambda x, y: x**2 + y**2, (-1, 1), (-2, 2), [0.5, 1.0])
    plotting.draw_path(ax, (jnp.array([0.0, 1.0]), jnp.array([0.0, 1.0])), label="walk")
    fig.savefig(tmp_path / "drawn.svg", metadata={"Date": None})
    return ax, (tmp_path / "drawn.svg").read_text()


def test_drawings_label_their_axes(tmp_path):
    ax, _ = draw(tmp_path)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y")
    assert (ax.get_xlim(), ax.get_ylim()) == ((-1, 1), (-2, 2))
    assert ax.get_legend_handles_labels()[1] == ["walk"]
    assert [line.get_marker() for line in ax.lines] == [".", "o", "s"]
    assert [line.get_xydata()[0].tolist() for line in ax.lines[1:]] == [[0, 0], [1, 1]]


def test_the_dark_twin_has_no_colour_of_the_light_one(tmp_path):
    _, light = draw(tmp_path)
    named = set(re.findall(r"#[0-9a-f]{6}\b", light))
    assert {plotting.INK, plotting.MUTED, plotting.BLUE} <= named <= set(plotting.DARK_PARTNER)
    dark = darken(light)
    assert set(re.findall(r"#[0-9a-f]{6}\b", dark)) == {plotting.DARK_PARTNER[c] for c in named}


def window_of(svg, part):
    """The left, top, width and height of the window through which a part is seen."""
    name = re.search(rf'id="{part} .*?url\(#(\w+)\)', svg, re.DOTALL)[1]
    rectangle = re.search(rf'id="{name}">\s*<rect ([^>]*)/>', svg)[1]
    return [float(n) for n in re.findall(r'="(-?[\d.]+)"', rectangle)]


def draw_parts(path, *, concealed):
    fig, ax = plt.subplots()
    if concealed:
        (hidden,) = ax.plot([1, 2], [1, 10], "o-", color=plotting.BLUE)
        plotting.conceal(hidden)
        plotting.name_part(hidden, "hidden", 3, 0.25)
    ax.set(xlim=(0, 4), ylim=(1, 100), yscale="log")
    plotting.mark_scale(ax, "map")
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 4), (1, 100))
    fig.savefig(path.with_suffix(".svg"), bbox_inches="tight")
    fig.savefig(path.with_suffix(".png"))
    return path.with_suffix(".svg").read_text(), plt.imread(path.with_suffix(".png"))


def test_the_scale_tells_where_the_axes_lie(tmp_path):
    svg, _ = draw_parts(tmp_path / "parts", concealed=False)
    corners = re.search(r'id="map linear 0.0 4.0 log 1.0 100.0">\s*<path d="([^"]*)"', svg)[1]
    left, bottom, right, top = map(float, re.findall(r"[\d.]+", corners))
    x, y, width, tall = window_of(svg, "map")
    assert (left, top, right, bottom) == pytest.approx((x, y, x + width, y + tall), abs=1e-3)


def test_what_is_concealed_is_in_the_file_but_changes_nothing_that_is_seen(tmp_path):
    svg, image = draw_parts(tmp_path / "with", concealed=True)
    without, same_image = draw_parts(tmp_path / "without", concealed=False)
    assert 'id="hidden 3 0.25"' in svg
    x, _, width, _ = window_of(svg, "hidden")
    assert x + width < 0
    assert window_of(svg, "map") == window_of(without, "map")
    np.testing.assert_array_equal(image, same_image)


def test_the_same_figure_is_the_same_file(tmp_path):
    assert draw(tmp_path)[1] == draw(tmp_path)[1]
