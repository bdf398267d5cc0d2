"""The built pages in a real browser whose network is cut by the kernel."""

import itertools

import pytest
from conftest import CHAPTERS, PAGES, TOC
from playwright.sync_api import expect

SITE = [*PAGES, "genindex", "search", "index"]
LIGHT, DARK = "light", "dark"


def pages(names, *modes):
    """Look at each of these pages. To open one takes longer, so tests of the same page share it."""
    shown = itertools.product(names, modes)
    cases = [pytest.param(each, id="-".join(each)) for each in shown]
    return pytest.mark.parametrize("opened", cases, indirect=True)


def test_the_network_is_cut(visit):
    page = visit.open("book/intro")
    page.evaluate("fetch('https://example.org').catch(() => 0)")
    assert "request to https://example.org/" in visit.trouble
    assert "failed: https://example.org/" in visit.trouble


@pages(SITE, LIGHT, DARK)
def test_a_page_opens_without_network_and_without_complaint(opened):
    assert opened.page.evaluate("document.documentElement.dataset.theme") == opened.mode
    assert opened.wrong == []


@pages(CHAPTERS, LIGHT)
def test_all_maths_is_typeset(opened):
    page = opened.page
    formulas = page.locator(".math").count()
    assert formulas >= 10
    # A child, because a tall bracket is a drawing within the drawing.
    assert page.locator(".math mjx-container > svg").count() == formulas
    # MathJax marks what it cannot read: an error, or the unknown command in red.
    assert page.locator("mjx-container").locator("[data-mjx-error], [fill=red]").count() == 0


@pages(SITE[:-2], LIGHT)
def test_there_is_one_header_and_one_search_box(opened):
    page = opened.page
    expect(page.locator("header:visible, .bd-header-article:visible")).to_have_count(1)
    expect(page.locator(".search-button:visible, .search-button-field:visible")).to_have_count(1)
    expect(page.locator("input[type=search]:visible")).to_have_count(0)


@pages([TOC["root"], *CHAPTERS], LIGHT, DARK)
def test_each_figure_shows_the_twin_for_its_page(opened):
    page = opened.page
    # Those to play with stand in the page itself; tests/test_interactive.py sees to them.
    figures = page.locator("figure:not(:has(svg.interactive))")
    assert figures.count() >= 1
    for figure in figures.all():
        shown = figure.locator("img:visible")
        assert shown.count() == 1
        assert f"on-{opened.mode}-page" in shown.get_attribute("class")
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
        style = shown.evaluate("image => getComputedStyle(image)")
        assert (style["filter"], style["backgroundColor"]) == ("none", "rgba(0, 0, 0, 0)")
        caption = figure.locator("figcaption p").evaluate("text => getComputedStyle(text)")
        body = page.locator("section > p").first.evaluate("text => getComputedStyle(text)")
        assert caption["display"] != "none"
        assert (caption["color"], caption["fontWeight"]) == (body["color"], body["fontWeight"])


@pages([TOC["root"], *CHAPTERS], LIGHT)
def test_no_line_of_code_is_cut_off_on_a_wide_page(opened):
    cut = opened.page.locator(".cell_input pre, .cell_output pre").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"
    )
    assert cut == []


@pages(SITE[:-1], LIGHT)
def test_a_narrow_page_does_not_scroll_sideways(opened):
    wide = opened.page.viewport_size
    opened.page.set_viewport_size({"width": 320, "height": 900})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320
    opened.page.set_viewport_size(wide)


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
