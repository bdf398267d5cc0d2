"""Practice exercises and pages of graded tasks: what they ask of the reader, and the sums of it."""

import re

import pytest
from conftest import CHAPTERS, EXERCISES, ROOT

from authoring.sphinx.markup.exercise_effort import DIFFICULTIES


def article(soup, name):
    return soup(name).find("article")


def effort_of(exercise):
    text = exercise.select_one(".admonition-title + .exercise-effort").get_text()
    difficulty, minutes = re.fullmatch(r"Difficulty: (.*) · Time: (\d+)\sminutes", text).groups()
    return difficulty, int(minutes)


def test_the_exercises_are_numbered_through_the_book(soup):
    titles = [title.get_text() for name in CHAPTERS
              for title in article(soup, name).select(".exercise > .admonition-title")]  # fmt: skip
    numbers = [int(re.match(r"Exercise (\d+) +\(.+\)$", title)[1]) for title in titles]
    assert numbers == list(range(1, len(titles) + 1))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_exercise_says_how_hard_it_is_and_how_long_it_takes(soup, chapter):
    exercises = article(soup, chapter).select("div.exercise")
    assert exercises, f"{chapter}.md has no {{exercise}} under its heading Practice."
    for difficulty, minutes in map(effort_of, exercises):
        assert difficulty in DIFFICULTIES
        assert 2 <= minutes <= 30


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_minutes_of_the_practice_are_those_that_the_chapter_promises(soup, chapter):
    page = article(soup, chapter)
    card = page.find(class_="chapter-card").get_text()
    promised = int(re.search(r"about \d+ minutes.*, and (\d+) for the practice", card)[1])
    minutes = [effort_of(exercise)[1] for exercise in page.select("#practice div.exercise")]
    assert sum(minutes) == promised


@pytest.mark.parametrize("name", EXERCISES)
def test_a_page_of_exercises_lists_its_tasks(soup, name):
    page = article(soup, name)
    *tasks, total = page.find("table").select("tbody tr")
    headings = [h for h in page.find_all("h2") if h.get_text().startswith("Task")]
    assert len(tasks) == len(headings) >= 1
    for task, heading in zip(tasks, headings, strict=True):
        label, points, minutes, graded = (cell.get_text() for cell in task.find_all("td"))
        told = rf"{re.escape(label)} \({points} points?, {minutes} minutes?\)"
        assert re.match(told, heading.get_text())
        section = page.find(id=task.a["href"].removeprefix("#"))
        assert section.find_next("h2") is heading
        assert graded in ("by checks", "by hand")
    sums = [sum(int(task.find_all("td")[i].get_text()) for task in tasks) for i in (1, 2)]
    assert [int(cell.get_text()) for cell in total.find_all("td")[1:3]] == sums
    introduction = page.find("p").get_text()
    assert f"{sums[0]} points, about {sums[1]} minutes" in introduction


@pytest.mark.parametrize("name", EXERCISES)
def test_the_notebook_on_a_page_of_exercises_is_the_student_edition(site, soup, name):
    chapter = name.rpartition("/")[2]
    (link,) = article(soup, name).select("a.download")
    notebook = ROOT / "exercises" / chapter / f"{chapter}.ipynb"
    assert link.get_text() == notebook.name
    assert (site / f"{name}.html").parent.joinpath(link["href"]).read_bytes() == (
        notebook.read_bytes()
    )


def test_the_table_for_instructors_links_to_every_task(soup):
    rows = article(soup, "book/instructors").find("table").select("tbody tr")
    links = {row.a["href"] for row in rows}
    for name in EXERCISES:
        relative = name.removeprefix("book/") + ".html"
        *tasks, total = article(soup, name).find("table").select("tbody tr")
        assert {relative + task.a["href"] for task in tasks} <= links
        (chapter,) = (row for row in rows if row.a["href"] == relative)
        assert [cell.get_text() for cell in chapter.find_all("td")[1:]] == (
            [cell.get_text() for cell in total.find_all("td")[1:]]
        )
