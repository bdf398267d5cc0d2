"""The PDF of the book, made as `make pdf` makes it, with the network cut by the kernel."""

import os
import re
import subprocess
import sys
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, PAGES, ROOT, need_program
from pypdf import PdfReader
from pypdf.generic import Destination

pytestmark = pytest.mark.slow


def make_pdf(*seal, **environment):
    return subprocess.run(
        [*seal, sys.executable, "-m", "authoring.pdf"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def pdf(site, seal):
    need_program("chromium")
    result = make_pdf(*seal)
    assert result.returncode == 0, result.stderr
    path = ROOT / result.stdout.strip().removeprefix("The PDF is here: ")
    assert path.stat().st_size < 25e6
    return PdfReader(path)


@pytest.fixture(scope="module")
def texts(pdf):
    """What stands on each page, without any space: a line may end anywhere."""
    return ["".join(page.extract_text().split()) for page in pdf.pages]


@pytest.fixture(scope="module")
def articles(site):
    """The articles of the site in the order of the table of contents, by the names of pages."""
    pages = {name: (site / f"{name}.html").read_text() for name in PAGES}
    return {name: BeautifulSoup(text, "html.parser").article for name, text in pages.items()}


def title(article):
    return article.h1.get_text().rstrip("#")


@pytest.fixture(scope="module")
def starts(pdf, articles):
    """The page of the PDF on which each page of the site starts, counted from 0."""
    entries = [entry for entry in pdf.outline if isinstance(entry, Destination)]
    assert [e.title for e in entries] == ["Contents", *map(title, articles.values())]
    return dict(zip(articles, map(pdf.get_destination_page_number, entries[1:]), strict=True))


@pytest.fixture(scope="module")
def chapter_text(texts, starts, articles):
    """A function that returns what stands on the pages of a chapter, without head and number."""
    ends = dict(pairwise([*starts.values(), len(texts)]))

    def chapter_text(name):
        head = "".join(title(articles[name]).split())
        numbers = range(starts[name], ends[starts[name]])
        return "".join(texts[number].removeprefix(f"{head}{number + 1}") for number in numbers)

    return chapter_text


def test_each_chapter_starts_on_a_page_of_its_own_that_the_contents_name(texts, starts, articles):
    assert len(set(starts.values())) == len(starts)
    for name, article in articles.items():
        start = texts[starts[name]]
        heading = "".join(title(article).split())
        # The title stands at the top of the page as well, and in the table of contents.
        assert start.count(heading) >= 2
        assert f"{heading}{starts[name] + 1}" in texts[1]


def test_every_section_is_in_the_outline(pdf, articles):
    def titles(entries):
        for entry in entries:
            if isinstance(entry, list):
                yield from titles(entry)
            else:
                yield entry.title

    # Chromium drops the space at which a heading goes on in the next line.
    outline = {"".join(entry.split()) for entry in titles(pdf.outline)}
    for article in articles.values():
        sections = [h for h in article.find_all("h2") if not h.find(class_="math")]
        missing = {"".join(h.get_text().rstrip("#").split()) for h in sections} - outline
        assert missing == set()


@pytest.mark.parametrize("name", CHAPTERS)
def test_prose_code_and_figures_of_a_chapter_are_there(articles, chapter_text, name):
    article, text = articles[name], chapter_text(name)
    shown = BeautifulSoup(str(article), "html.parser")
    for folded in shown.select("details.hide, a.headerlink"):
        folded.decompose()
    cells = shown.select(".cell_input pre, .cell_output pre")
    lines = [line for cell in cells for line in cell.get_text().splitlines()]
    assert len(lines) > 100
    assert [line for line in lines if "".join(line.split()) not in text] == []
    # A formula is a drawing, so what stands before and after it comes apart.
    for math in shown.select(".math"):
        math.replace_with("\0")
    phrases = [phrase for p in shown.find_all("p") for phrase in p.get_text().split("\0")]
    assert len(phrases) > 100
    assert [phrase for phrase in phrases if "".join(phrase.split()) not in text] == []
    for caption in article.find_all("figcaption"):
        number = caption.find(class_="caption-number").get_text()
        assert "".join(number.split()) in text
    # Solutions stand open.
    assert shown.select(".solution .cell_input pre")


def test_no_formula_is_left_raw(texts):
    raw = r"\\\(|\\\[|\$\$|\\(frac|begin|text|mathbf|partial|sum|sqrt|left|hat|beta|sigma)\b"
    assert [re.search(raw, text)[0] for text in texts if re.search(raw, text)] == []


def test_no_page_is_empty(pdf, texts):
    for number, (page, text) in enumerate(zip(pdf.pages, texts, strict=True), 1):
        assert len(text) > 80 or "/XObject" in page["/Resources"], f"page {number}: {text!r}"


def test_links_lead_into_the_book_or_to_the_web_and_never_to_a_disk(pdf, texts):
    annotations = [a.get_object() for page in pdf.pages for a in page.get("/Annots", ())]
    within = [a["/Dest"] for a in annotations if "/Dest" in a]
    assert len(within) > 200
    assert set(within) <= set(pdf.named_destinations)
    beyond = [a["/A"]["/URI"] for a in annotations if "/A" in a]
    assert len(beyond) + len(within) == len(annotations)
    assert beyond
    assert {url.split(":")[0] for url in beyond} <= {"https", "http"}
    words = "".join(texts) + str(pdf.metadata)
    assert "file:/" not in words
    assert str(ROOT) not in words


def test_it_is_tagged_and_says_what_it_is(pdf):
    assert pdf.metadata.title == "Learn JAX through statistics"
    assert pdf.trailer["/Root"]["/Lang"] == "en"
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_without_chromium_it_says_what_to_install(site, tmp_path):
    result = make_pdf(PATH=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr == "chromium is missing; install it with: apt-get install chromium\n"
