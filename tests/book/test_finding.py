"""Ways through the book: landing page, map, terms, symbols, index, and links instead of "above"."""

import copy
import itertools
import re

import pytest
from conftest import CHAPTERS, PAGES, ROOT

from authoring.source import read_chapters
from authoring.sphinx.markup.chapter_map import direct_needs, levels_of
from authoring.sphinx.markup.glossary_links import pattern_of, read_glossary

CHAPTER_NAMES = [name.removeprefix("book/") for name in CHAPTERS]
GLOSSARY = read_glossary((ROOT / "book" / "glossary.md").read_text())


def words_of(tag):
    return " ".join(tag.get_text().rstrip("#").split()).replace("’", "'")


def prose_of(name):
    """The prose of a page as written: no front matter, no code, no maths."""
    text = (ROOT / f"{name}.md").read_text()
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return re.sub(r"^```.*?^```|\$\$.*?\$\$|\$[^$]+\$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_the_start_links_lead_to_the_first_chapter_and_to_both_guides(soup):
    links = soup("book/intro").select(".landing .start a")
    assert [a["href"] for a in links] == [
        f"{CHAPTER_NAMES[0]}.html",
        "students.html",
        "instructors.html",
    ]


def test_the_map_gives_each_chapter_after_those_that_it_needs(soup):
    chapters = read_chapters(ROOT)
    assert list(chapters) == CHAPTER_NAMES
    places = soup("book/intro").select("ol.chapter-map > li")
    titles = {name: words_of(soup(f"book/{name}").h1) for name in chapters}
    shown = []
    for place in places:
        title, question, rest = place.find_all("p")
        name = title.a["href"].removesuffix(".html")
        card = words_of(soup(f"book/{name}").find(class_="chapter-card"))
        reading, practice = map(int, re.findall(r"\d+", words_of(rest)))
        assert f"about {reading} minutes, and {practice} for the practice" in card
        assert words_of(title) == titles[name]
        assert words_of(question) == chapters[name].question
        needs = [a["href"].removesuffix(".html") for a in rest.find_all("a")]
        assert all(titles[need] in card for need in needs)
        assert set(needs) <= set(shown)
        shown.append(name)
    assert shown == sorted(CHAPTER_NAMES, key=levels_of(chapters).__getitem__)


def test_the_map_leaves_out_what_comes_with_another_need():
    chapters = read_chapters(ROOT)
    assert direct_needs(chapters, "gradients") == []
    assert chapters["mle"].needs == ("gradients", "goldfield")
    assert direct_needs(chapters, "mle") == ["goldfield"]


def test_next_leads_through_all_pages_in_the_order_of_the_contents(soup):
    for name, following in itertools.pairwise(PAGES):
        after, back = (
            soup(name).select_one("a.right-next"),
            soup(following).select_one("a.left-prev"),
        )
        target = (ROOT / name).parent / after["href"]
        assert target.resolve() == (ROOT / f"{following}.html").resolve()
        assert words_of(after.find(class_="prev-next-title")) == words_of(soup(following).h1)
        assert words_of(back.find(class_="prev-next-title")) == words_of(soup(name).h1)
    assert soup(PAGES[-1]).select_one("a.right-next") is None


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_links_each_term_where_it_first_uses_it(soup, name):
    article = copy.copy(soup(name).find("article"))
    for tag in article.select(
        ".chapter-card, h1, h2, h3, .admonition-title, figcaption, pre, code, table, .math,"
        " script, style, svg, .headerlink, .prev-next-area"
    ):
        tag.decompose()
    links = {
        a["href"].partition("#term-")[2]: a
        for a in article.select("a[href*='glossary.html#term-']")
    }
    targets = {words_of(dt): dt["id"].removeprefix("term-")
               for dt in soup("book/glossary").find_all("dt")}  # fmt: skip
    assert len(article.select("a[href*='glossary.html#term-']")) == len(links)
    assert links, f"{name}.md uses no term of the glossary, or none became a link."
    by_hand = set(re.findall(r"\{term\}`[^`<]*<([^`>]+)>`", (ROOT / f"{name}.md").read_text()))
    used = set()
    for text in article.find_all(string=True):
        link = text.find_parent("a")
        if link is not None and "glossary.html" not in link["href"]:
            continue
        rest = str(text).replace("’", "'")
        for term in sorted(GLOSSARY, key=len, reverse=True):
            if re.search(pattern_of(term), rest):
                rest = re.sub(pattern_of(term), "", rest)
                if term not in used and term not in by_hand:
                    assert link is not None, f"{term} has no link in: {text}"
                    assert link is links[targets[term]], f"{term} has another link in: {text}"
                used.add(term)
    assert {targets[term] for term in used | by_hand} == set(links)


def symbols_of(tags):
    """The letters and commands in formulas, in order."""
    text = " ".join(tag.get_text() for tag in tags)
    text = re.sub(r"\\(?:text|operatorname|begin|end|mathrm)\b(?:\{[^}]*\})?|\\[()\[\]]", " ", text)
    return re.findall(r"\\[a-zA-Z]+|[a-zA-Z]", text)


def test_every_symbol_of_a_chapter_is_in_the_notation(soup):
    notation = set(symbols_of(soup("book/notation").select("table .math")))
    # Explained where they stand, and used only there.
    local = set("acdtuvw")
    # Not symbols of a model, but common signs, or ways to set a formula.
    signs = r"""\approx \cdot \cos \dots \ge \infty \le \max \pi \pm \sin \sqrt \tfrac \quad \vdots
        \Bigl \Bigr \bigl \bigr \left \right"""
    for name in CHAPTERS:
        used = set(symbols_of(soup(name).select("article .math")))
        assert used - set(signs.split()) - local - notation == set(), name


def test_the_notation_leads_to_where_each_symbol_is_used(soup):
    rows = soup("book/notation").select("tbody tr")
    assert len(rows) > 30
    for row in rows:
        symbol, _, _, place = row.find_all("td")
        [link] = place.find_all("a")
        page, _, anchor = link["href"].partition("#")
        section = soup(f"book/{page.removesuffix('.html')}").find(id=anchor)
        section = section if section.name == "section" else section.find_parent("section")
        first, *_ = symbols_of(symbol.select(".math"))
        assert first in symbols_of(section.select(".math")), symbol.get_text()


def index_entries(soup):
    """The index: each entry with what is under it, and where that leads."""
    entries = {}
    for item in soup("genindex").select(".genindextable > tr > td > ul > li, td > ul > li"):
        if item.find_parent("li"):
            continue
        sub = item.find("ul")
        under = {words_of(a): a["href"] for a in sub.find_all("a")} if sub else {}
        own = item.find("a", recursive=False)
        title = words_of(own) if own else str(item.contents[0]).strip()
        entries[title] = ([own["href"]] if own else [], under)
    return entries


def test_the_index_has_the_terms_and_the_functions_of_jax(soup):
    entries = index_entries(soup)
    titles = {name: words_of(soup(f"book/{name}").h1) for name in CHAPTER_NAMES}
    for term, homes in GLOSSARY.items():
        own, under = entries[term]
        assert own[0].startswith("book/glossary.html#term-")
        assert set(under) == {titles[home] for home in homes}, term
    main = """jax.grad argnums jax.value_and_grad jax.vmap in_axes jax.jit jax.hessian jax.lax.scan
        jax.lax.cond jax.lax.while_loop jax.make_jaxpr jax.random.key jax.random.split jax.jacfwd
        jax.jacrev static_argnames jax.tree.map block_until_ready optax at[…].set"""
    for name in main.split():
        _, under = entries[name]
        assert under
        for title, place in under.items():
            assert title in titles.values()
            page, _, anchor = place.partition("#")
            assert words_of(soup(page.removesuffix(".html")).h1) == title
            # What is indexed stands close to the place.
            [here] = soup(page.removesuffix(".html")).find_all(id=anchor)
            close = [here, *here.find_all_next(["p", "pre", "td"], limit=24)]
            nearby = " ".join(tag.get_text() for tag in close)
            assert name.rpartition(".")[2].strip("[…]") in nearby, (name, place)
    assert "UnexpectedTracerError" in entries


@pytest.mark.parametrize("name", ["book/intro", *CHAPTERS, "book/errors", "book/using"])
def test_what_stands_elsewhere_is_linked_and_not_called_above_or_below(name):
    vague = (
        r"see (above|below)|(from|as|mentioned|shown|described) (above|below)\b"
        r"|(earlier|previous|later|last|next) (chapter|section)(?!s? <)"
    )
    assert re.findall(rf".*(?:{vague}).*", prose_of(name), re.IGNORECASE) == []
