"""Print the whole book as one PDF: `make pdf`.

The articles of the built site are joined into one page, in the order of `_toc.yml`, and Chromium
prints that. So the PDF shows what the site shows, nothing is executed again, and each link from
one chapter to another leads to a place in the same file.
"""

from __future__ import annotations

import html
import itertools
import json
import posixpath
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

import matplotlib as mpl
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from authoring.source import ROOT, is_of_exercises, read_contents

SITE = ROOT / "_build" / "html"
STYLE = Path(__file__).with_name("print.css")

# What has no use on paper: anchors of headings, figures for dark pages, the folded code of figures,
# and licences of scripts and fonts that only the site carries.
DROPPED = "a.headerlink, img.on-dark-page, details.hide, details.notice > pre"

# The fonts of matplotlib, so that the PDF is the same on every machine.
FONTS = {
    ("Book", "normal", "normal"): "STIXGeneral",
    ("Book", "italic", "normal"): "STIXGeneralItalic",
    ("Book", "normal", "bold"): "STIXGeneralBol",
    ("Book", "italic", "bold"): "STIXGeneralBolIta",
    ("Book Sans", "normal", "normal"): "DejaVuSans",
    ("Book Sans", "normal", "bold"): "DejaVuSans-Bold",
    ("Book Mono", "normal", "normal"): "DejaVuSansMono",
    ("Book Mono", "normal", "bold"): "DejaVuSansMono-Bold",
}

FILL_PAGE_NUMBERS = """
numbers => document.querySelectorAll(".contents .page").forEach(
  (element, index) => { element.textContent = numbers[index]; })
"""


def anchor(page: str, fragment: str = "") -> str:
    """Return what a page of the site, or a place on it, is called in the joined page."""
    name = page.removeprefix("book/").replace("/", "-")
    return f"{name}--{fragment}" if fragment else name


def article_of(page: str, pages: list[str]) -> BeautifulSoup:
    """Return the article of a page, with names that hold for the joined page.

    Args:
        page: such as `book/goldfield`.
        pages: all those that will be joined; links to other files become plain text.
    """
    text = (SITE / f"{page}.html").read_text(encoding="utf-8")
    article = BeautifulSoup(text, "html.parser").find("article")
    for tag in article.select(DROPPED):
        tag.decompose()
    for tag in article.find_all("details"):
        tag["open"] = ""
    for tag in article.find_all(id=True):
        if tag.find_parent("svg") is None:  # those have the name of their figure in front
            tag["id"] = anchor(page, tag["id"])
    folder = posixpath.dirname(page)
    for image in article.find_all("img"):
        image["src"] = (SITE / folder / unquote(image["src"])).resolve().as_uri()
    for link in article.find_all("a", href=True):
        url = urlsplit(link["href"])
        target = posixpath.normpath(posixpath.join(folder, unquote(url.path)))
        target = target.removesuffix(".html") if url.path else page
        if target in pages and not url.scheme:
            link["href"] = "#" + anchor(target, url.fragment)
        elif not url.scheme:
            link.unwrap()
    article["id"] = anchor(page)
    return article


def join_pages(parts: dict[str, list[str]]) -> str:
    """Return the page that holds the whole book, with a title page and a table of contents."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    title, author, year = (html.escape(settings[k]) for k in ("title", "author", "copyright"))
    pages = [*itertools.chain(*parts.values())]
    articles = {page: article_of(page, pages) for page in pages}
    titles = {page: article.h1.get_text() for page, article in articles.items()}
    contents = "".join(
        f"<p class='part'>{html.escape(caption)}</p><ul>"
        + "".join(
            f"<li class='{'section' if is_of_exercises(page) else 'chapter'}'>"
            f"<a href='#{anchor(page)}'>{html.escape(titles[page])}</a>"
            "<span class='page'></span></li>"
            for page in part
        )
        + "</ul>"
        for caption, part in parts.items()
    )
    fonts = "".join(
        f"@font-face {{ font-family: '{family}'; font-style: {style}; font-weight: {weight};"
        f" src: url('{Path(mpl.get_data_path(), 'fonts', 'ttf', file + '.ttf').as_uri()}'); }}\n"
        for (family, style, weight), file in FONTS.items()
    )
    running = "".join(
        f"#{anchor(page)} {{ page: {anchor(page)}; }}\n"
        f"@page {anchor(page)} {{ @top-right {{ content: {json.dumps(titles[page])}; }} }}\n"
        for page in pages
    )
    static = (SITE / "_static").as_uri()
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="{static}/pygments.css">
<style>{fonts}{STYLE.read_text(encoding="utf-8")}{running}</style>
<script>MathJax = {{ options: {{ processHtmlClass: "math" }} }};</script>
<script src="{static}/{settings["sphinx"]["config"]["mathjax_path"]}" defer></script>
</head>
<body>
<div class="title-page">
<p class="title">{title}</p>
<p>by {author}</p>
<img src="{(ROOT / "book" / "cover.png").as_uri()}" alt="">
<p class="colophon">{year}. Computed with JAX {version("jax")}. Solutions stand open below their
exercises. The code that draws figures is left out; the pages of the site have it.</p>
</div>
<nav class="contents"><h1>Contents</h1>{contents}</nav>
{"".join(map(str, articles.values()))}
</body>
</html>
"""


def print_page(chromium: str, source: Path, target: Path, chapters: int) -> None:
    """Print a page that `join_pages` has made.

    It is printed twice: the page numbers in the table of contents are known after the first time.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu"])
        page = browser.new_page()
        page.goto(source.as_uri())
        page.evaluate("MathJax.startup.promise")
        for _ in range(2):
            page.pdf(
                path=target,
                outline=True,
                prefer_css_page_size=True,
                print_background=True,
                tagged=True,
            )
            reader = PdfReader(target)
            entries = [entry for entry in reader.outline if not isinstance(entry, list)]
            numbers = [reader.get_destination_page_number(e) + 1 for e in entries[-chapters:]]
            page.evaluate(FILL_PAGE_NUMBERS, numbers)
        browser.close()


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is missing; install it with: apt-get install chromium")
    folder = ROOT / "_build" / "pdf"
    folder.mkdir(parents=True, exist_ok=True)
    parts = read_contents(ROOT)
    joined = folder / "book.html"
    joined.write_text(join_pages(parts), encoding="utf-8")
    target = folder / "learn-jax-through-statistics.pdf"
    print_page(chromium, joined, target, sum(map(len, parts.values())))
    print(f"The PDF is here: {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
