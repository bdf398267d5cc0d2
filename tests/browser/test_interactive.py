"""The figures that readers play with: what they say and draw is what Python computes."""

import re

import numpy as np
import pytest
from conftest import ROOT
from playwright.sync_api import expect
from pytest import approx
from scipy import stats

from authoring.sphinx.figures.inline_figures import inline
from dl_workshop.jax_idioms import goldfield
from dl_workshop.optimize import gradient_descent
from dl_workshop.plotting import DARK_PARTNER

FIGURES = {
    "fig-play": "book/goldfield",
    "fig-likelihood-normal": "book/mle",
    "fig-likelihood-gamma": "book/mle",
}
FIELD = ["Start x", "Start y", "Learning rate"]


def height(position):
    return goldfield(*position)


def descent_from(start, rate):
    """The walk that a figure should show."""
    start = tuple(map(float, start))
    return gradient_descent(height, start, rate, steps=300, raise_on_divergence=False)


def end_of(descent):
    return [float(each) for each in descent.end]


class Player:
    """A figure on an open page, worked from the keyboard."""

    def __init__(self, page, name):
        self.page = page
        page.set_default_timeout(5000)
        self.figure = page.locator(f"#{name}")
        self.output = self.figure.locator("output")
        self.grip = self.figure.locator(".grip")

    def slider(self, label):
        return self.figure.get_by_role("slider", name=label, exact=True)

    def value(self, label):
        return float(self.slider(label).get_attribute("aria-valuetext").replace("−", "-"))

    def choose(self, label, wanted):
        """Go to a slider by Tab, and press arrow keys until it shows the number."""
        for _ in range(10):
            if self.slider(label).evaluate("slider => slider === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        expect(self.slider(label)).to_be_focused()
        self.page.keyboard.press("Home")
        for _ in range(200):
            if self.value(label) >= wanted - 1e-9:
                break
            self.page.keyboard.press("ArrowRight")
        assert self.value(label) == wanted

    def set(self, **indices):
        """Move sliders at once, as a pointer would."""
        for label, index in indices.items():
            self.slider(label.replace("_", " ")).evaluate(
                "(slider, i) => { slider.value = i;"
                " slider.dispatchEvent(new Event('input', { bubbles: true })) }",
                index,
            )

    def numbers(self):
        """The numbers in the text below the figure."""
        text = self.output.text_content().replace("−", "-")
        return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text)]

    def scale(self):
        """What turns pixels of the drawing into data, by the corners of the clipping window."""
        return self.figure.evaluate(
            """figure => {
                const line = figure.querySelector('[data-part="map"]');
                const clip = line.querySelector("path").getAttribute("clip-path").slice(5, -1);
                const box = document.getElementById(clip).firstElementChild;
                return ["x", "y", "width", "height"].map(n => Number(box.getAttribute(n)));
            }"""
        )

    def place(self, part):
        """Where a marker lies in the map, from (0, 0) at the lower left to (1, 1)."""
        left, top, width, tall = self.scale()
        marker = self.figure.locator(f'[data-part="{part}"] use').last
        x, y = (float(marker.get_attribute(name)) for name in "xy")
        return (x - left) / width, 1 - (y - top) / tall

    def on_screen(self, across, up):
        """Where on the screen a place in the map lies."""
        return self.figure.locator("svg").evaluate(
            """(svg, [x, y]) => {
                const point = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
                return [point.x, point.y];
            }""",
            [
                self.scale()[0] + across * self.scale()[2],
                self.scale()[1] + (1 - up) * self.scale()[3],
            ],
        )


@pytest.fixture
def play(visit):
    """A function that opens a figure's page and goes to the figure."""

    def play(name, **options):
        player = Player(visit.open(FIGURES[name], **options), name)
        player.grip.scroll_into_view_if_needed()
        return player

    yield play
    assert visit.trouble == []


def ending(descent):
    """What the page should say of how a walk went."""
    if descent.diverged_at >= 0:
        return f"diverged at step {descent.diverged_at}."
    path = np.transpose(descent.path).astype(float)
    end = path[-1]
    walked = np.linalg.norm(np.diff(path[-21:], axis=0), axis=1).sum()
    if walked > 0.02 and walked > 2 * np.linalg.norm(end - path[-21]):
        return "keeps hopping."
    if min(np.linalg.norm(end - 1), np.linalg.norm(end + 1)) < 0.1:
        return "has found gold."
    return "has not moved." if (end == path[0]).all() else "is still on its way."


@pytest.mark.parametrize(
    ("start", "rate", "says"),
    [
        ((0.1, 0.1), 0.001, "is still on its way."),
        ((0.1, 0.1), 0.05, "has found gold."),
        ((0.1, 0.1), 0.2, "keeps hopping."),
        ((0.1, 0.1), 0.25, "diverged at step 16."),
        ((0.1, -0.1), 0.01, "has found gold."),
        ((0.0, 0.0), 0.01, "has not moved."),
        ((1.5, -2.0), 0.12, None),
        ((-1.05, 0.45), 0.1, None),
    ],
)
def test_a_walk_chosen_by_keyboard_is_that_of_gradient_descent(play, start, rate, says):
    player = play("fig-play")
    player.figure.locator(".grip").focus()
    for label, wanted in zip(FIELD, (*start, rate), strict=True):
        player.choose(label, wanted)
    descent = descent_from(start, rate)
    text = player.output.text_content()
    assert text.endswith(says or ending(descent))
    assert text.endswith(ending(descent))
    assert player.place("start") == approx([(s + 2) / 4 for s in start], abs=1e-4)
    if descent.diverged_at >= 0:
        assert not player.figure.locator('[data-part="end"] use').is_visible()
    else:
        steps, x, y, end_height = player.numbers()
        assert steps == 300
        # Hopping between two places is stable, but which of them is the last need not be.
        assert (x, y) == approx(end_of(descent), abs=2e-3)
        assert end_height == approx(float(descent.values[-1]), abs=2e-3)
        assert player.place("end") == approx([(e + 2) / 4 for e in end_of(descent)], abs=1e-3)


def test_the_script_and_python_agree_on_how_walks_end(play):
    """Starts all over the map, each with each learning rate."""
    player = play("fig-play")
    walks = player.page.evaluate(
        """() => {
            const [,, , steps, ...rates] = words(part(document, "walk"));
            const starts = [-2, -1.35, -0.6, 0, 0.25, 0.9, 1.7];
            return rates.flatMap(rate => starts.flatMap(x => starts.map(y => {
                const walk = descend(x, y, rate, steps);
                const text = verdict(walk);
                return { x, y, rate, end: walk.path.at(-1), text };
            })));
        }"""
    )
    assert len(walks) == 17 * 49
    others = 0
    for walk in walks:
        descent = descent_from((walk["x"], walk["y"]), walk["rate"])
        if not walk["text"].endswith(ending(descent)):
            # Where the walk is chaotic, a last bit can decide whether it stays.
            assert walk["rate"] > 0.146, walk
            others += 1
        elif "gold" in walk["text"]:
            assert walk["end"] == approx(end_of(descent), abs=1e-4), walk
    assert others < 0.02 * len(walks)


def test_a_finger_or_mouse_sets_the_start(play):
    player = play("fig-play")
    player.page.mouse.click(*player.on_screen(0.75, 0.2))
    assert (player.value("Start x"), player.value("Start y")) == (1.0, -1.2)
    assert player.place("start") == approx((0.75, 0.2), abs=1e-4)
    descent = descent_from((1.0, -1.2), 0.01)
    assert player.numbers()[1:3] == approx(end_of(descent), abs=1e-3)
    player.page.mouse.move(*player.on_screen(0.75, 0.2))
    player.page.mouse.down()
    player.page.mouse.move(*player.on_screen(0.5, 0.5), steps=5)
    assert (player.value("Start x"), player.value("Start y")) == (0.0, 0.0)
    player.page.mouse.move(*player.on_screen(-0.2, 1.05), steps=5)
    player.page.mouse.up()
    assert (player.value("Start x"), player.value("Start y")) == (-2.0, 2.0)
    player.page.mouse.move(*player.on_screen(0.5, 0.5))
    player.page.mouse.click(*player.on_screen(-0.1, 0.5))
    assert (player.value("Start x"), player.value("Start y")) == (-2.0, 2.0)


def test_a_tap_sets_the_start_on_a_phone(play):
    player = play("fig-play", width=320, has_touch=True)
    player.page.touchscreen.tap(*player.on_screen(0.25, 0.75))
    assert (player.value("Start x"), player.value("Start y")) == approx((-1.0, 1.0), abs=0.051)


@pytest.mark.parametrize("name", FIGURES)
def test_arrow_keys_move_the_ring(play, name):
    player = play(name)
    labels = [each.inner_text().split("\n")[0] for each in player.figure.locator("label").all()]
    across, up = [label for label in labels if label not in ("Sample size n", "Learning rate")]
    before = player.value(across), player.value(up), *player.place(player_ring(name))
    player.grip.focus()
    assert player.grip.evaluate("ring => getComputedStyle(ring).stroke") != "none"
    said = player.output.text_content()
    player.page.keyboard.press("ArrowRight")
    player.page.keyboard.press("ArrowDown")
    after = player.value(across), player.value(up), *player.place(player_ring(name))
    assert [a > b for a, b in zip(after, before, strict=True)] == [True, False, True, False]
    assert player.output.text_content() != said
    value_text = player.grip.get_attribute("aria-valuetext")
    assert value_text.replace("−", "-") == f"{after[0]:g}, {after[1]:g}"


def player_ring(name):
    return "start" if name == "fig-play" else "point"


@pytest.mark.parametrize(
    ("model", "labels", "density"),
    [
        ("normal", ("μ", "σ"), lambda a, b: stats.norm(a, b)),
        ("gamma", ("k", "θ"), lambda a, b: stats.gamma(a, scale=b)),
    ],
)
def test_the_log_likelihood_is_that_of_scipy(play, run, model, labels, density):
    variables, _ = run("mle")
    sample = variables["sample"]
    player = play(f"fig-likelihood-{model}")
    for index, n in enumerate(variables["sizes"]):
        data = sample[:n]
        if model == "normal":
            best = stats.norm.fit(data)
        else:
            shape, _, scale = stats.gamma.fit(data, floc=0)
            best = shape, scale
        highest = density(*best).logpdf(data).sum()
        for first, second in ((0, 0), (40, 100), (80, 80), (160, 20), (75, 72)):
            player.set(Sample_size_n=index, **dict(zip(labels, (first, second), strict=True)))
            a, b = (player.value(label) for label in labels)
            expected = density(a, b).logpdf(data).sum()
            here, below, top, top_a, top_b = player.numbers()
            assert here == approx(expected, abs=0.006)
            assert below == approx(highest - expected, abs=0.006)
            assert top == approx(highest, abs=0.006)
            assert (top_a, top_b) == approx(best, abs=0.006)
            assert below >= 0
        # One surface and one histogram are seen, and the cross is in the middle of its contours.
        for part in ("contours", "sample"):
            shown = player.figure.locator(f'[data-part^="{part}-"]:visible')
            assert shown.count() == 1
            assert shown.get_attribute("data-part") == f"{part}-{n}"
        box = player.figure.locator(f'[data-part="contours-{n}"] path').first.evaluate(
            "path => { const b = path.getBBox(); return [b.x, b.y, b.width, b.height] }"
        )
        left, top, width, tall = player.scale()
        across, up = player.place("best")
        x, y = left + across * width, top + (1 - up) * tall
        assert box[0] < x < box[0] + box[2]
        assert box[1] < y < box[1] + box[3]


def test_what_the_exercise_says_of_the_surface(play, executed):
    line = 'print(f"ahead by {best_gamma - best_normal:.2f}")'
    assert executed("mle").numbers(line) == [approx(103, abs=0.5)]
    player = play("fig-likelihood-gamma")
    width = player.figure.evaluate(
        """figure => [10, 1000].map(n => {
            const contours = figure.querySelector(`[data-part="contours-${n}"]`);
            contours.setAttribute("display", "inline");
            return contours.querySelector("path").getBBox().width;
        })"""
    )
    assert width[0] / width[1] == approx(10, rel=0.1)


def test_the_sample_size_can_be_chosen_by_keyboard(play):
    player = play("fig-likelihood-gamma")
    player.grip.focus()
    for label, wanted in (("Sample size n", 1000), ("k", 3.0), ("θ", 2.0)):
        player.page.keyboard.press("Tab")
        expect(player.slider(label)).to_be_focused()
        player.page.keyboard.press("End" if wanted == 1000 else "ArrowLeft")
    assert player.value("Sample size n") == 1000
    assert player.figure.locator('[data-part="contours-1000"]').is_visible()


def test_the_drawn_density_is_that_of_scipy(play):
    player = play("fig-likelihood-gamma")
    player.set(k=100, θ=60)
    x = np.linspace(0, 20, 201)
    expected = stats.gamma.pdf(x, player.value("k"), scale=player.value("θ"))
    points = player.figure.evaluate(
        """figure => {
            const numbers = part => figure.querySelector(`[data-part="${part}"] path`)
                .getAttribute("d").match(/-?[\\d.]+/g).map(Number);
            const [x0, y0, x1, y1] = numbers("data");
            return numbers("density").map((v, i) => i % 2 ? (v - y0) / (y1 - y0)
                                                          : (v - x0) / (x1 - x0));
        }"""
    )
    np.testing.assert_allclose(np.reshape(points, (-1, 2)).T[0] * 20, x, atol=1e-3)
    np.testing.assert_allclose(np.reshape(points, (-1, 2)).T[1] * 0.25, expected, atol=1e-4)


def test_the_logarithm_of_the_gamma_function(play):
    from scipy.special import gammaln

    x = np.geomspace(0.01, 100, 200)
    computed = play("fig-likelihood-gamma").page.evaluate("x => x.map(logGamma)", x.tolist())
    np.testing.assert_allclose(computed, gammaln(x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_without_javascript_the_figure_is_whole_and_has_no_dead_control(visit, name, mode):
    page = visit.open(FIGURES[name], mode, java_script_enabled=False)
    figure = page.locator(f"#{name}")
    drawing = figure.get_by_role("img")
    expect(drawing).to_be_visible()
    assert drawing.bounding_box()["width"] > 300
    assert len(drawing.get_attribute("aria-label")) > 60
    assert figure.locator("input, select, button, output, [tabindex]").count() == 0
    assert figure.locator("figcaption").is_visible()
    # Chromium may give up a script it had begun to load before it saw that scripts are off.
    assert [each for each in visit.trouble if not re.match(r"failed: file:.*\.js\b", each)] == []


@pytest.mark.parametrize("name", FIGURES)
def test_the_colours_are_those_of_the_page(play, name):
    used = {}
    for mode in ("light", "dark"):
        player = play(name, mode=mode)
        colours = player.figure.locator("svg").evaluate(
            """svg => [...svg.querySelectorAll("[style]")].flatMap(e => {
                const style = getComputedStyle(e);
                return [style.stroke, style.fill];
            })"""
        )
        used[mode] = {
            "#" + "".join(f"{int(n):02x}" for n in re.findall(r"\d+", c)[:3])
            for c in colours
            if c.startswith("rgb(")
        } - {"#000000"}
    assert used["light"] <= set(DARK_PARTNER)
    assert len(used["light"]) >= 3
    assert used["dark"] == {DARK_PARTNER[colour] for colour in used["light"]}


@pytest.mark.parametrize("name", FIGURES)
def test_in_print_the_figure_stays_and_the_controls_go(play, name):
    player = play(name)
    player.page.emulate_media(media="print")
    assert player.figure.locator("svg").is_visible()
    assert not player.output.is_visible()


@pytest.mark.parametrize("name", FIGURES)
def test_on_a_narrow_page_the_figure_and_its_controls_fit(play, name):
    player = play(name, width=320)
    assert player.page.evaluate("document.documentElement.scrollWidth") <= 320
    for part in player.figure.locator("svg, label, input, output").all():
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    assert min(b.bounding_box()["width"] for b in player.figure.locator("input").all()) >= 100
    assert min(b.bounding_box()["height"] for b in player.figure.locator("label").all()) >= 32


def test_no_identifier_stands_twice_on_a_page(visit):
    for name in set(FIGURES.values()):
        page = visit.open(name)
        assert page.evaluate(
            """() => {
                const ids = [...document.querySelectorAll("figure [id]")].map(e => e.id);
                return ids.filter((id, i) => ids.indexOf(id) !== i);
            }"""
        ) == []  # fmt: skip
        lost = page.evaluate(
            """() => [...document.querySelectorAll("svg.interactive use")]
                .map(use => use.getAttribute("xlink:href").slice(1))
                .concat([...document.querySelectorAll("svg.interactive [clip-path]")]
                    .map(e => e.getAttribute("clip-path").slice(5, -1)))
                .filter(id => !document.getElementById(id))"""
        )
        assert lost == []


def test_inlining_keeps_references_and_drops_what_would_reach_the_page():
    drawing = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg width="1pt"><metadata>m</metadata>'
        '<defs><style type="text/css">*{x}</style></defs><g id="axes_1"><g id="walk 1 -2.5">'
        '<path id="m1" style="stroke: #1f2328" clip-path="url(#p1)"/><use xlink:href="#m1"/>'
        '</g></g><clipPath id="p1"/></svg>'
    )
    assert inline(drawing, "fig-a", 'a "b"') == (
        '<svg class="interactive" role="img" aria-label="a &quot;b&quot;" width="1pt">'
        '<defs></defs><g data-part="axes_1"><g data-part="walk" data-words="1 -2.5">'
        '<path id="fig-a-m1" style="stroke: var(--dark-1f2328, #1f2328)"'
        ' clip-path="url(#fig-a-p1)"/><use xlink:href="#fig-a-m1"/>'
        '</g></g><clipPath id="fig-a-p1"/></svg>'
    )


def test_the_script_stays_small_and_asks_for_nothing():
    script = (ROOT / "book" / "_static" / "interactive.js").read_text()
    assert len(script.splitlines()) <= 300
    assert not re.search(r"\b(fetch|import|XMLHttpRequest|eval)\b", script)
