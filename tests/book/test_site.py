"""The built site as files: links, alternative texts, notices, and the parts of a chapter."""

import importlib
import pkgutil
import re
from importlib.metadata import version
from urllib.parse import unquote, urlsplit

import pytest
from conftest import CHAPTERS, PAGES, ROOT

import dl_workshop
from authoring.sphinx.figures.theme_figures import darken
from authoring.sphinx.site.third_party import COMPONENTS
from dl_workshop.plotting import DARK_PARTNER

IN_STYLE = re.compile(r"""(?:url\(|@import )["']?(?!["'])([^"')]+)""")


@pytest.fixture(scope="module")
def pages(site, soup):
    """The parsed pages by their paths in the site."""
    return {
        path.relative_to(site): soup(path.relative_to(site).with_suffix("").as_posix())
        for path in site.rglob("*.html")
        if "_static" not in path.parts
    }


def page(pages, name):
    return next(soup for path, soup in pages.items() if path.with_suffix("").as_posix() == name)


def addresses(tag):
    """Return all addresses that an element names: links, what it loads, where a form goes."""
    names = ("href", "src", "action", "data", "poster", "xlink:href")
    choices = re.split(r",\s+", tag.get("srcset", ""))
    return [
        *(tag[name] for name in names if name in tag.attrs),
        *(choice.split()[0] for choice in choices if choice),
        *IN_STYLE.findall(tag.get("style", "") + (tag.text if tag.name == "style" else "")),
    ]


def test_every_link_within_the_site_leads_somewhere(site, pages):
    ids = {path: {tag["id"] for tag in soup.find_all(id=True)} for path, soup in pages.items()}
    broken = []
    for path, soup in pages.items():
        named = [(tag, address) for tag in soup.find_all(True) for address in addresses(tag)]
        for tag, address in named:
            url = urlsplit(address)
            if url.scheme or not (url.path or url.fragment):
                continue
            target = (site / path).parent / unquote(url.path) if url.path else site / path
            page_of_target = target.resolve().relative_to(site.resolve())
            if not target.is_file():
                broken.append((str(path), tag.name, url.path))
            elif url.fragment and page_of_target in ids and url.fragment not in ids[page_of_target]:
                broken.append((str(path), tag.name, f"{url.path}#{url.fragment}"))
    assert broken == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_every_link_on_a_page_outside_the_book_leads_somewhere(name):
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / name).read_text())
    assert links
    local = [link for link in links if not urlsplit(link).scheme]
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_nothing_is_loaded_from_elsewhere(pages):
    loaded = [
        (str(path), tag.get("src") or tag.get("href"))
        for path, soup in pages.items()
        for tag in soup.find_all(["script", "link", "img", "iframe"])
        if urlsplit(tag.get("src") or tag.get("href") or "").netloc
    ]
    assert loaded == []


def test_every_picture_says_what_it_shows(pages):
    pictures = [
        (str(path), tag)
        for path, soup in pages.items()
        for tag in soup.select("img, svg.interactive")
    ]
    assert len(pictures) >= 20
    for path, tag in pictures:
        alt = tag.get("alt", "") if tag.name == "img" else tag["aria-label"]
        assert len(alt) > 60, f"{path}: a figure with the alternative text {alt!r}"
        assert "_images" not in alt


def test_every_figure_of_a_chapter_has_a_twin_for_dark_pages(site, pages):
    for chapter in CHAPTERS:
        figures = page(pages, chapter).find_all("figure")
        assert figures, f"{chapter}.md shows no figure."
        for figure in figures:
            if figure.find("svg", class_="interactive"):
                continue  # the next test
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


def test_a_figure_to_play_with_stands_in_the_page_in_both_colours(pages):
    drawings = {path: soup.select("svg.interactive") for path, soup in pages.items()}
    assert sum(map(len, drawings.values())) >= 1
    for path, found in drawings.items():
        for drawing in found:
            figure = drawing.find_parent("figure")
            assert figure.find("img") is None
            assert figure.find("figcaption") is not None
            assert drawing["role"] == "img"
            # Each colour stands only as what a light page takes where a dark one has a partner.
            named = re.findall(r"(?:var\(--dark-([0-9a-f]{6}), )?(#[0-9a-f]{6}\b)", str(drawing))
            assert {colour for _, colour in named} <= set(DARK_PARTNER)
            assert all(f"#{variable}" == colour for variable, colour in named)
            # The partners are given once for the page, and a style in a drawing would reach it all.
            assert drawing.find("style") is None
        if found:
            (style,) = [s.text for s in pages[path].select("figure style")]
            partners = re.findall(r"--dark-([0-9a-f]{6}):(#[0-9a-f]{6});", style)
            assert {f"#{light}": dark for light, dark in partners} == DARK_PARTNER


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_opens_with_aims_and_ends_with_recap_quizzes_and_practice(pages, chapter):
    article = page(pages, chapter).find("article")
    card = article.find(class_="chapter-card").get_text()
    assert all(part in card for part in ("You will be able to", "You need", "Time", "minutes"))
    headings = [h.get_text().rstrip("#") for h in article.find_all("h2")]
    graded = (ROOT / "exercises" / chapter.removeprefix("book/")).is_dir()
    ending = ["Recap", "Check yourself", "Practice", *["Graded tasks"] * graded]
    assert headings[-len(ending) :] == ending, f"{chapter}.md should end with these headings."
    practice = article.find(id="practice")
    assert practice.find_all(class_="exercise"), f"{chapter}.md: no exercise stands under Practice."
    exercises, solutions = article.select("div.exercise"), article.select("div.solution")
    assert len(exercises) == len(solutions), (
        f"{chapter}.md has {len(exercises)} exercises and {len(solutions)} solutions."
    )
    assert all("dropdown" in solution["class"] for solution in solutions)
    for exercise, solution in zip(exercises, solutions, strict=True):
        assert exercise.find_next_sibling() is solution


def test_the_execution_time_of_each_chapter_is_shown(pages):
    rows = page(pages, "book/versions").find("table").find_all("tr")[1:]
    seconds = {row.find("a").get_text(): float(row.find_all("td")[3].get_text()) for row in rows}
    assert set(CHAPTERS) <= set(seconds)
    # How long it may take is a question of the machine, and so one for `make bench`.
    assert all(0 < each < float("inf") for each in seconds.values())


def test_the_versions_are_those_that_are_installed(pages):
    shown = page(pages, "book/versions").select_one(".cell_output pre").get_text()
    for package in ("jax", "jaxlib", "numpy", "flax", "statsmodels"):
        assert re.search(rf"^{package} +{re.escape(version(package))}$", shown, re.MULTILINE)


def test_the_reference_documents_every_public_function(pages):
    ids = {tag["id"] for tag in page(pages, "book/api").find_all(id=True)}
    for module in pkgutil.iter_modules(dl_workshop.__path__, "dl_workshop."):
        if module.ispkg or module.name.split(".")[1].startswith("_"):
            continue
        members = vars(importlib.import_module(module.name)).items()
        public = {f"{module.name}.{name}" for name, member in members
                  if not name.startswith("_") and getattr(member, "__module__", "") == module.name
                  and callable(member)}  # fmt: skip
        assert public
        assert public <= ids


def test_signatures_give_shapes_and_sections_give_sources(pages):
    entry = page(pages, "book/api").find(id="dl_workshop.optimize.newton").parent.get_text()
    assert "objective: Callable[..., Float[Array, '']]" in entry
    assert all(part in entry for part in ("Parameters", "Returns", "Raises", "Source", "Nocedal"))


def test_every_reference_is_cited_and_every_term_is_used(pages):
    keys = re.findall(r"^@\w+\{(\w+),", (ROOT / "book/references.bib").read_text(), re.MULTILINE)
    chapters = "".join((ROOT / f"{name}.md").read_text() for name in PAGES)
    assert [key for key in keys if not re.search(rf"\{{cite:\w\}}`[^`]*{key}", chapters)] == []
    text = " ".join(" ".join(page(pages, name).find("article").get_text().lower().split())
                    for name in CHAPTERS)  # fmt: skip
    terms = [term.get_text().rstrip("#") for term in page(pages, "book/glossary").find_all("dt")]
    assert len(terms) > 25
    assert [term for term in terms if term.lower() not in text] == []


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
    notices = {
        d.strong.text: d.pre.text for d in page(pages, "book/notices").select("article details")
    }
    assert list(notices) == [c.name for c in COMPONENTS]
    assert "Apache License" in notices["MathJax"]
    assert "SIL OFL" in notices["Font Awesome Free"]
    assert "Bootstrap Authors" in notices["Bootstrap"]
    assert "Zeno Rocha" in notices["clipboard.js"]
    assert all(
        "copyright" in text.lower() or "public domain" in text.lower() for text in notices.values()
    )


def size_of(*paths):
    return sum(path.stat().st_size for path in paths if path.is_file())


def test_the_site_is_small(site, pages):
    assert size_of(*site.rglob("*")) < 25e6
    assert size_of(*(site / "_static").rglob("*")) < 6e6
    for chapter in [*CHAPTERS, "book/intro"]:
        figures = {site / "book" / image["src"] for image in page(pages, chapter).find_all("img")}
        assert size_of(site / f"{chapter}.html", *figures) < 1.5e6, chapter


def test_only_what_pages_load_is_shipped(site, pages):
    static = site / "_static"
    files = [path for path in static.rglob("*") if path.is_file() and path.suffix != ".txt"]
    sheets = "".join(path.read_text() for path in files if path.suffix == ".css")
    scripts = "".join(path.read_text() for path in files if path.suffix == ".js")
    named = "".join(map(str, pages.values())) + sheets
    assert [path.name for path in files if path.name not in named] == []
    assert [path.name for path in (static / "mathjax").iterdir()] == ["tex-svg-full.js"]
    # What no browser of today asks for is not even named.
    # Of a map only the end is looked for: in a script of one long line, `\S+` takes half a minute.
    unasked = r"[\w-]+\.(?:ttf|eot|woff)\b|(?<=\S)\.map$"
    assert re.findall(unasked, sheets + scripts, re.MULTILINE) == []


def test_all_that_style_sheets_name_is_shipped(site):
    named = [(sheet, urlsplit(address)) for sheet in site.rglob("*.css")
             for address in IN_STYLE.findall(sheet.read_text())]  # fmt: skip
    files = [(sheet, url.path) for sheet, url in named if not url.scheme and url.path]
    assert len(files) >= 2
    assert [(sheet, path) for sheet, path in files if not (sheet.parent / path).is_file()] == []
