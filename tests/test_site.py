"""The built site as files: links, alternative texts, notices, and the parts of a chapter."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, ROOT
from theme_figures import darken
from third_party import COMPONENTS

from dl_workshop.plotting import DARK_PARTNER


@pytest.fixture(scope="module")
def pages(site):
    """The parsed pages by their paths in the site."""
    return {
        path.relative_to(site): BeautifulSoup(path.read_text(), "html.parser")
        for path in site.rglob("*.html")
        if "_static" not in path.parts
    }


def page(pages, name):
    return next(soup for path, soup in pages.items() if path.with_suffix("").as_posix() == name)


def test_every_link_within_the_site_leads_somewhere(site, pages):
    ids = {path: {tag["id"] for tag in soup.find_all(id=True)} for path, soup in pages.items()}
    broken = []
    for path, soup in pages.items():
        for tag in soup.find_all(["a", "link", "script", "img"]):
            url = urlsplit(tag.get("href") or tag.get("src") or "")
            if url.scheme or not (url.path or url.fragment):
                continue
            target = (site / path).parent / unquote(url.path) if url.path else site / path
            page_of_target = target.resolve().relative_to(site.resolve())
            if not target.is_file():
                broken.append((str(path), tag.name, url.path))
            elif url.fragment and page_of_target in ids and url.fragment not in ids[page_of_target]:
                broken.append((str(path), tag.name, f"{url.path}#{url.fragment}"))
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(pages):
    loaded = [
        (str(path), tag.get("src") or tag.get("href"))
        for path, soup in pages.items()
        for tag in soup.find_all(["script", "link", "img", "iframe"])
        if urlsplit(tag.get("src") or tag.get("href") or "").netloc
    ]
    assert loaded == []


def test_every_picture_says_what_it_shows(pages):
    pictures = [(str(path), tag) for path, soup in pages.items() for tag in soup.find_all("img")]
    assert len(pictures) >= 20
    for path, tag in pictures:
        alt = tag.get("alt", "")
        assert len(alt) > 60, f"{path}: a figure with the alternative text {alt!r}"
        assert "_images" not in alt


def test_every_figure_of_a_chapter_has_a_twin_for_dark_pages(site, pages):
    for chapter in CHAPTERS:
        figures = page(pages, chapter).find_all("figure")
        assert len(figures) >= 3
        for figure in figures:
            light, dark = figure.find_all("img")
            assert "on-light-page" in light["class"]
            assert "on-dark-page" in dark["class"]
            assert light["alt"] == dark["alt"]
            drawn, darkened = ((site / "book" / i["src"]).read_text() for i in (light, dark))
            assert darkened == darken(drawn) != drawn
            # The walls of the surface are grey, on light and dark pages alike.
            colours = set(re.findall(r"#[0-9a-f]{6}\b", drawn)) - {"#808080"}
            assert colours <= set(DARK_PARTNER)
            assert "dc:date" not in drawn
            assert figure.find("figcaption") is not None


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_opens_with_aims_and_ends_with_recap_and_practice(pages, chapter):
    article = page(pages, chapter).find("article")
    card = article.find(class_="chapter-card").get_text()
    assert all(part in card for part in ("You will be able to", "You need", "Time", "minutes"))
    headings = [h.get_text().rstrip("#") for h in article.find_all("h2")]
    graded = (ROOT / "exercises" / chapter.removeprefix("book/")).is_dir()
    ending = ["Recap", "Practice", "Graded tasks"] if graded else ["Recap", "Practice"]
    assert headings[-len(ending) :] == ending
    practice = article.find(id="practice")
    assert len(practice.find_all(class_="exercise")) in (2, 3)
    exercises, solutions = article.select("div.exercise"), article.select("div.solution")
    assert len(exercises) == len(solutions) >= 2
    assert all("dropdown" in solution["class"] for solution in solutions)
    for exercise, solution in zip(exercises, solutions, strict=True):
        assert exercise.find_next_sibling() is solution


def test_every_file_that_others_made_is_in_the_notices(site, pages):
    static = site / "_static"
    ours = {path.name for path in (ROOT / "book" / "_static").iterdir()}
    claimed = {path for c in COMPONENTS for glob in c.files for path in static.glob(glob)}
    files = {path for path in static.rglob("*") if path.is_file()}
    unclaimed = {str(path.relative_to(static)) for path in files - claimed} - ours
    assert unclaimed == set()
    for component in COMPONENTS:
        assert all(any(static.glob(glob)) for glob in component.files), component.name


def test_the_notices_hold_the_licences(pages):
    notices = {d.strong.text: d.pre.text for d in page(pages, "book/notices").select("details")}
    assert list(notices) == [c.name for c in COMPONENTS]
    assert "Apache License" in notices["MathJax"]
    assert "SIL OFL" in notices["Font Awesome Free"]
    assert "Bootstrap Authors" in notices["Bootstrap"]
    assert "Zeno Rocha" in notices["clipboard.js"]
    assert all(
        "copyright" in text.lower() or "public domain" in text.lower() for text in notices.values()
    )


def test_only_the_mathjax_that_pages_load_is_shipped(site):
    assert [p.name for p in (site / "_static" / "mathjax").iterdir()] == ["tex-svg-full.js"]
