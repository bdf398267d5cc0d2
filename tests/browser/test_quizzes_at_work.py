"""The quizzes in a browser: by keyboard, by mouse, on paper and on narrow pages."""

import itertools
import re

import pytest
from axe_runs import merge, violations
from conftest import CHAPTERS
from playwright.sync_api import expect


def press_tab_until_in(page, quiz):
    """Go to the options of a quiz; formulas and copy buttons before them take the focus too."""
    for _ in range(10):
        page.keyboard.press("Tab")
        if quiz.locator("input:focus").count():
            break


@pytest.mark.parametrize("javascript", [True, False])
def test_a_quiz_is_worked_by_keyboard(visit, javascript):
    page = visit.open("book/goldfield", java_script_enabled=javascript)
    quizzes = page.locator(".quiz")
    shown = page.locator(".quiz-explanation p:visible")
    expect(shown).to_have_count(0)
    page.goto(page.url + "#check-yourself")
    for quiz in quizzes.all():
        press_tab_until_in(page, quiz)
        options = quiz.locator(".quiz-option")
        expect(options.first.locator("input")).to_be_focused()
        expect(quiz.locator(".quiz-explanation p:visible")).to_have_count(0)
        page.keyboard.press("Space")
        for option in options.all():
            expect(option.locator("input")).to_be_checked()
            expect(option.locator("input")).to_be_focused()
            right = "right" in option.get_attribute("class")
            verdict = "Right." if right else "Not quite."
            expect(option.locator("strong:visible").first).to_have_text(verdict)
            assert quiz.locator(".quiz-explanation:has(p:visible)").count() == 1
            page.keyboard.press("ArrowDown")
        expect(options.first.locator("input")).to_be_checked()  # once around
    # Each keeps its answer.
    expect(page.locator(".quiz input:checked")).to_have_count(quizzes.count())


def test_a_click_on_the_words_chooses(visit):
    page = visit.open("book/goldfield")
    option = page.locator(".quiz-option.right").first
    option.locator("label").click()
    expect(option.locator("input")).to_be_checked()
    expect(option.get_by_text("Right.", exact=True)).to_be_visible()


def test_a_click_on_a_formula_chooses_as_well(visit):
    page = visit.open("book/gradients")
    option = page.locator(".quiz-option:has(label .math)").first
    option.locator("label .math svg").first.click()
    expect(option.locator("input")).to_be_checked()


def test_question_and_options_have_names(visit):
    page = visit.open("book/goldfield")
    group = page.get_by_role("group", name=re.compile("^The robot starts at"))
    expect(group.get_by_role("radio")).to_have_count(3)
    expect(group.get_by_role("radio", name="No.", exact=True)).to_have_count(1)


def test_quizzes_are_accessible(visit):
    page = visit.open("book/gradients", reduced_motion="reduce")
    merge(page)
    for mode, place in itertools.product(["light", "dark"], ["first", "last"]):
        page.evaluate("mode => { document.documentElement.dataset.theme = mode }", mode)
        for quiz in page.locator(".quiz").all():
            getattr(quiz.locator("label"), place).click()
        # All rules, also those that no guideline asks for.
        assert violations(page, ("'.quiz'", {})) == []


def test_the_focus_is_seen(visit):
    page = visit.open("book/goldfield")
    page.goto(page.url + "#check-yourself")
    press_tab_until_in(page, page.locator(".quiz").first)
    style = page.locator(".quiz input:focus").evaluate("e => getComputedStyle(e)")
    assert style["outlineStyle"] == "solid"
    assert float(style["outlineWidth"].removesuffix("px")) >= 2


def test_on_paper_all_is_explained_and_the_right_option_marked(visit):
    page = visit.open("book/goldfield")
    page.locator(".quiz-option.wrong label").first.click()
    page.emulate_media(media="print")
    explanations = page.locator(".quiz-explanation")
    expect(page.locator(".quiz-explanation:has(p:visible)")).to_have_count(explanations.count())
    for option in page.locator(".quiz-option").all():
        right = "right" in option.get_attribute("class")
        weight, border = option.evaluate(
            "e => [e.querySelector('label'), e.querySelector('input')].map(getComputedStyle)"
            ".map((style, i) => i ? style.borderTopWidth : style.fontWeight)"
        )
        assert (int(weight) >= 600) == right
        assert (float(border.removesuffix("px")) > 3) == right


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_quiz_keeps_within_its_box_on_a_narrow_page(visit, chapter):
    page = visit.open(chapter, width=320)
    beyond = page.locator(".quiz").evaluate_all("""quizzes => quizzes.flatMap(quiz =>
        [...quiz.querySelectorAll("input")].flatMap(input => {
            input.click();
            const box = quiz.getBoundingClientRect();
            return [...quiz.querySelectorAll("legend, label, .highlight, p")].filter(part => {
                const {left, right} = part.getBoundingClientRect();
                return part.checkVisibility() && (left < box.left || right > box.right + 1);
            }).map(part => part.textContent);
        }))""")
    assert beyond == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    labels = page.locator(".quiz label").evaluate_all("all => all.map(e => e.offsetHeight)")
    assert min(labels) >= 24


def test_code_stands_below_the_question_on_a_wide_page(visit):
    page = visit.open("book/transformations")
    quiz = page.locator(".quiz:has(.highlight)").first
    question, code = (quiz.locator(part).first.bounding_box() for part in ("legend", ".highlight"))
    assert code["x"] == question["x"]
    assert code["y"] >= question["y"] + question["height"]
