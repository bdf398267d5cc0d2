"""The built pages for readers who need more: keyboard, focus and motion."""

import io

import numpy as np
import pytest
from axe_runs import unfold, violations
from PIL import Image
from playwright.sync_api import expect

# Where the focus is, cut to what the window shows of it; and whether it can be seen there.
FOCUS = """() => {
  const element = document.activeElement;
  if (element === document.body || window.stops?.has(element)) return null;
  (window.stops ??= new Set()).add(element);
  // A fold of the table of contents has no size of its own, but the arrow in it has.
  const boxes = [element, ...element.children].map((each) => each.getClientRects()[0]);
  const { left, top, right, bottom } = boxes.find((box) => box?.height) ?? boxes[0];
  const [x, y] = [Math.max(left, 0), Math.max(top, 0)];
  const width = Math.min(right, innerWidth) - x, height = Math.min(bottom, innerHeight) - y;
  const seen = [0.1, 0.5, 0.9].some((share) => {
    const found = document.elementFromPoint(x + share * width, y + height / 2);
    return element.contains(found) || found?.contains(element);
  });
  return { element: element.outerHTML.slice(0, 120), x, y, width, height, seen };
}"""


def stops(page, key="Tab"):
    """Walk through the page by a key, and yield each place where the focus stops."""
    while True:
        page.keyboard.press(key)
        stop = page.evaluate(FOCUS)
        if stop is None:
            return
        yield stop


def luminance(page, stop, margin=6):
    """Return how bright each pixel around a stop is, as WCAG defines relative luminance."""
    left, top = max(stop["x"] - margin, 0), max(stop["y"] - margin, 0)
    clip = {"x": left, "y": top, "width": stop["width"] + 2 * margin,
            "height": stop["height"] + 2 * margin}  # fmt: skip
    image = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    levels = np.asarray(image) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize(
    ("name", "mode", "width"), [("book/goldfield", "light", 1440), ("book/mle", "dark", 320)]
)
def test_each_stop_of_the_tab_key_shows_the_focus(visit, name, mode, width):
    page = visit.open(name, mode, width, reduced_motion="reduce")
    unfold(page)
    hidden, unmarked, count = [], [], 0
    for stop in stops(page):
        count += 1
        if not (stop["seen"] and stop["width"] > 0 and stop["height"] > 0):
            hidden.append(stop)
            continue
        focused = luminance(page, stop)
        # The next Tab goes on from here all the same.
        page.evaluate("document.activeElement.blur()")
        plain = luminance(page, stop)
        brighter, darker = np.maximum(focused, plain), np.minimum(focused, plain)
        changed = np.sum((brighter + 0.05) / (darker + 0.05) >= 3)
        # As much as a line along two sides changes, and by the contrast that WCAG asks of it.
        if changed < stop["width"] + stop["height"]:
            unmarked.append((stop["element"], int(changed)))
    assert count > 50
    assert (hidden, unmarked) == ([], [])


@pytest.mark.parametrize("width", [1440, 320])
def test_the_focus_is_never_below_the_bar_at_the_top(visit, width):
    page = visit.open("book/ols", width=width, reduced_motion="reduce")
    page.locator(".bd-article a").last.focus()
    assert [stop for stop in stops(page, "Shift+Tab") if not stop["seen"]] == []


def test_the_skip_link_leads_to_the_text(visit):
    page = visit.open("book/ols", reduced_motion="reduce")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to main content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("width", [1440, 320])
def test_search_opens_and_closes_by_keyboard(visit, width):
    page = visit.open("book/ols", width=width)
    button = page.locator(".search-button__button:visible")
    box = page.locator("#search-input")
    button.press("Enter")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Control+K")
    expect(box).to_be_focused()
    page.keyboard.press("Tab")
    expect(box).to_be_hidden()
    page.keyboard.press("Control+K")
    page.keyboard.type("saddle\n")
    page.locator("#search-results li a", has_text="goldfield").first.wait_for()


def test_the_theme_switches_by_keyboard(visit):
    page = visit.open("book/ols")
    switch = page.locator(".theme-switch-button:visible")
    seen = set()
    for _ in range(3):
        switch.press("Enter")
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
    expect(switch).to_be_focused()


def test_the_sidebar_of_a_wide_page_folds_by_keyboard(visit):
    page = visit.open("book/ols")
    toggle, sidebar = page.locator("button.primary-toggle:visible"), page.locator("nav.bd-links")
    toggle.press("Enter")
    expect(sidebar).to_be_hidden()
    page.wait_for_timeout(200)  # the theme would move the focus into the sidebar by now
    expect(toggle).to_be_focused()
    toggle.press("Enter")
    expect(sidebar).to_be_visible()


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_the_drawers_of_a_narrow_page_open_and_close_by_keyboard(visit, side):
    page = visit.open("book/ols", width=320)
    toggle = page.locator(f"button.{side}-toggle:visible")
    drawer = page.locator(f".bd-sidebar-{side}")
    for key in ("Escape", "Shift+Tab"):
        toggle.press("Enter")
        expect(drawer).to_be_visible()
        page.wait_for_function(
            "side => document.activeElement.closest(side)", arg=f".bd-sidebar-{side}"
        )
        page.keyboard.press(key)
        expect(drawer).to_be_hidden()
    toggle.press("Enter")
    page.wait_for_timeout(200)
    assert violations(page) == []


def test_code_is_copied_by_keyboard(visit):
    page = visit.open("book/ols")
    block = page.locator("div.highlight").first
    block.locator("button.copybtn").press("Enter")
    page.keyboard.press("Control+K")
    page.keyboard.press("Control+V")
    code = block.locator("pre").text_content()
    assert page.locator("#search-input").input_value().split() == code.split()


def test_folded_code_opens_by_keyboard_and_is_named_as_it_reads(visit):
    page = visit.open("book/ols")
    fold = page.locator("details.hide").first
    expect(fold.locator("summary")).to_have_accessible_name("Show the plotting code")
    fold.locator("summary").press("Enter")
    expect(fold.locator("pre")).to_be_visible()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_nothing_moves_where_readers_ask_for_that(visit, motion):
    page = visit.open("book/goldfield", reduced_motion=motion)
    page.evaluate(
        "window.moves = [];"
        "for (const kind of ['animationstart', 'transitionrun'])"
        "  document.addEventListener(kind, (event) => moves.push(event.target.className))"
    )
    unfold(page)
    page.locator("button.primary-toggle:visible").press("Enter")
    page.locator(".theme-switch-button:visible").press("Enter")
    page.locator("button.copybtn:visible").first.hover()
    scrolling = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
    if motion == "reduce":
        page.wait_for_timeout(100)
        assert (page.evaluate("moves"), scrolling) == ([], "auto")
    else:  # so that the lines above are known to see what moves
        page.wait_for_function("moves.length > 0")
        assert scrolling == "smooth"
