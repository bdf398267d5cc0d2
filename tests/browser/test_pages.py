"""The built pages in a real browser whose network is cut by the kernel, and a picture of each.

A page is opened once for all tests of it, which look at it in both modes and at two widths.
"""

import base64
import itertools

import pytest
from axe_runs import BUT_COLOURS, COLOURS, merge, unfold, violations
from conftest import CHAPTERS, PAGES, ROOT
from playwright.sync_api import expect

SITE = [*PAGES, "genindex", "search", "index"]
MODES = LIGHT, DARK = "light", "dark"
WIDTHS = WIDE, NARROW = 1440, 320
PICTURES = ROOT / "_build" / "screenshots"


def pages(names):
    """Look at each of these pages. To open one takes longer, so all tests of a page share it."""
    return pytest.mark.parametrize("opened", names, indirect=True)


def show(page, mode, width=WIDE):
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("mode => { document.documentElement.dataset.theme = mode }", mode)


def test_the_network_is_cut(visit):
    page = visit.open("book/intro")
    page.evaluate("fetch('https://example.org').catch(() => 0)")
    assert "request to https://example.org/" in visit.trouble
    assert "failed: https://example.org/" in visit.trouble


@pytest.mark.parametrize("name", [PAGES[0], CHAPTERS[0], "genindex", "search"])
def test_a_page_opens_in_the_mode_that_was_chosen_before(visit, name):
    page = visit.open(name, DARK)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.dataset.theme") == DARK
    assert visit.trouble == []


@pages(CHAPTERS)
def test_all_maths_is_typeset(opened):
    formulas = opened.page.locator(".math").count()
    assert formulas >= 10
    # A child, because a tall bracket is a drawing within the drawing.
    assert opened.page.locator(".math mjx-container > svg").count() == formulas
    # MathJax marks what it cannot read: an error, or the unknown command in red.
    faults = opened.page.locator("mjx-container").locator("[data-mjx-error], [fill=red]")
    assert faults.count() == 0


@pages(SITE[:-2])
def test_there_is_one_header_and_one_search_box(opened):
    page = opened.page
    expect(page.locator("header:visible, .bd-header-article:visible")).to_have_count(1)
    expect(page.locator(".search-button:visible, .search-button-field:visible")).to_have_count(1)
    expect(page.locator("input[type=search]:visible")).to_have_count(0)


@pages([PAGES[0], *CHAPTERS])
def test_each_figure_shows_the_twin_for_its_page(opened):
    page = opened.page
    # Those to play with stand in the page itself; test_interactive.py sees to them.
    figures = page.locator("figure:not(:has(svg.interactive))")
    assert figures.count() >= 1
    for figure, mode in itertools.product(figures.all(), MODES):
        show(page, mode)
        shown = figure.locator("img:visible")
        assert shown.count() == 1
        assert f"on-{mode}-page" in shown.get_attribute("class")
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
        style = shown.evaluate("image => getComputedStyle(image)")
        assert (style["filter"], style["backgroundColor"]) == ("none", "rgba(0, 0, 0, 0)")
        caption = figure.locator("figcaption p").evaluate("text => getComputedStyle(text)")
        body = page.locator("section > p").first.evaluate("text => getComputedStyle(text)")
        assert caption["display"] != "none"
        assert (caption["color"], caption["fontWeight"]) == (body["color"], body["fontWeight"])


@pages([PAGES[0], *CHAPTERS])
def test_no_line_of_code_is_cut_off_on_a_wide_page(opened):
    show(opened.page, LIGHT)
    cut = opened.page.locator(".cell_input pre, .cell_output pre").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"
    )
    assert cut == []


@pages(SITE[:-1])
def test_a_narrow_page_does_not_scroll_sideways(opened):
    show(opened.page, LIGHT, NARROW)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= NARROW


@pages(SITE[:-1])
def test_a_page_is_pictured(opened):
    page = opened.page
    PICTURES.mkdir(exist_ok=True)
    for width, mode in itertools.product(WIDTHS, MODES):
        show(page, mode, width)
        # As Playwright does it, but compressed in half the time.
        options = {"captureBeyondViewport": True, "optimizeForSpeed": True}
        picture = page.context.new_cdp_session(page).send("Page.captureScreenshot", options)
        size = "" if width == WIDE else f"-{width}"
        path = PICTURES / f"{opened.name}-{mode}{size}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(picture["data"]))


# The next one changes the page, so no other may come after it but the one on complaints.


@pages(SITE[:-1])
def test_axe_finds_no_violation(opened):
    unfold(opened.page)
    merge(opened.page)
    for width, mode in itertools.product(WIDTHS, MODES):
        show(opened.page, mode, width)
        # Only colours depend on the mode.
        questions = [COLOURS, BUT_COLOURS] if mode == LIGHT else [COLOURS]
        assert violations(opened.page, *questions) == [], f"on {mode} pages, {width} pixels wide"


@pages(SITE)
def test_a_page_needs_no_network_and_makes_no_complaint(opened):
    assert opened.wrong == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", SITE)
def test_a_page_opened_in_dark_is_as_good_as_one_that_was_switched(visit, name):
    page = visit.open(name, DARK, reduced_motion="reduce")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.dataset.theme") == DARK
    unfold(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], f"{width} pixels wide"
    assert visit.trouble == []


def test_a_solution_folds_open_by_mouse_and_by_keyboard(visit):
    page = visit.open("book/gradients")
    solution = page.locator("div.solution").first
    inside = solution.locator(".cell_input")
    assert not inside.is_visible()
    fold = solution.locator("button.toggle-button")
    fold.click()
    inside.wait_for(state="visible")
    fold.press("Enter")
    inside.wait_for(state="hidden")


def test_search_finds_a_word_from_disk(visit):
    page = visit.open("search")
    page.goto(page.url + "?q=saddle")
    page.locator("#search-results li a", has_text="goldfield").first.wait_for()
