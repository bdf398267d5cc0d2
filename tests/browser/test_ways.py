"""Ways through the book and out of it, in a browser: landing page, map, terms, index, downloads."""

import re

import pytest
from conftest import CHAPTERS, ROOT
from playwright.sync_api import expect

from authoring.source import read_chapters
from authoring.sphinx.markup.chapter_map import levels_of


def test_one_screen_says_what_the_course_is_for_whom_and_where_to_start(visit):
    page = visit.open("book/intro")
    landing = page.locator(".landing")
    parts = [
        page.get_by_role("heading", level=1),
        landing.get_by_text("JAX takes a numerical Python function"),
        landing.get_by_text("It is for you"),
        landing.locator("figure img:visible"),
        *landing.locator(".start a").all(),
    ]
    assert len(parts) == 7
    for part in parts:
        box = part.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 900
    words, picture = (landing.locator(part).bounding_box() for part in (".pitch", "figure"))
    assert words["x"] + words["width"] <= picture["x"]
    assert abs(words["y"] - picture["y"]) < 40


def test_on_a_phone_the_words_come_first_and_the_first_link_starts_the_course(visit):
    page = visit.open("book/intro", width=320, height=640)
    landing = page.locator(".landing")
    words, picture = (landing.locator(part).bounding_box() for part in (".pitch", "figure"))
    assert words["y"] + words["height"] <= picture["y"]
    start = landing.locator(".start a").first
    assert start.bounding_box()["y"] < 640
    start.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gradients")


@pytest.mark.parametrize("width", [1440, 320])
def test_the_map_is_drawn_from_top_to_bottom(visit, width):
    page = visit.open("book/intro", width=width)
    places = page.locator("ol.chapter-map > li")
    boxes = {place.locator("a").first.inner_text(): place.bounding_box() for place in places.all()}
    tops = [box["y"] for box in boxes.values()]
    assert tops == sorted(tops)
    for box in boxes.values():
        assert box["x"] + box["width"] <= width
    levels = sorted(levels_of(read_chapters(ROOT)).values())
    # Those of one level stand side by side, or else hang on a branch of their own.
    if width == 1440:
        assert [tops.count(top) for top in tops] == [levels.count(level) for level in levels]
    else:
        assert len(set(tops)) == len(tops)
        lefts = [box["x"] for box in boxes.values()]
        branches = [left > lefts[0] for left in lefts]
        assert branches == [levels.count(level) > 1 for level in levels]


def test_a_link_to_a_term_is_quiet_but_seen(visit):
    page = visit.open(CHAPTERS[0])
    link = page.locator("article a[href*='glossary.html#term-']").first
    style = link.evaluate("a => ({...getComputedStyle(a)})")
    around = link.evaluate("a => getComputedStyle(a.closest('p')).color")
    assert style["color"] == around
    assert style["textDecorationLine"] == "underline"
    assert style["textDecorationStyle"] == "dotted"
    link.click()
    expect(page).to_have_url(re.compile(r"glossary\.html#term-"))


def test_the_index_is_in_the_sidebar_and_on_the_page_of_the_glossary(visit):
    page = visit.open(CHAPTERS[0])
    page.locator(".bd-sidebar-primary").get_by_role("link", name="Index", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Index")
    page = visit.open("book/glossary")
    page.locator("article").get_by_role("link", name="index", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Index")


def test_downloads_work_by_keyboard_and_without_javascript(visit, site):
    page = visit.open("book/ols")
    button = page.get_by_role("button", name="Download this page")
    button.focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="Notebook (.ipynb)", exact=True)
    expect(link).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(link).to_be_focused()
    # Later there is: without JavaScript, scripts are requests that fail.
    assert visit.trouble == []

    for name, file in [
        ("notebook (.ipynb)", site / "_sources/book/ols.ipynb"),
        ("source in MyST Markdown (.md)", site / "_sources/book/ols.md"),
    ]:
        page = visit.open("book/ols", java_script_enabled=False)
        page.get_by_role("link", name=name, exact=True).focus()
        page.keyboard.press("Enter")
        # A browser that opens the page from disk shows the file; from a server it would save it.
        page.wait_for_url(file.resolve().as_uri())
