"""Draw the way through the book: the directive `chapter-map`.

Order comes from `_toc.yml`; the question of a chapter from its front matter; minutes, and the
chapters that it needs, from the card with which it opens. The map is a list that reads well in
order. `course.css` puts the chapters of one level side by side, and draws the arrows.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Chapter(NamedTuple):
    """What the map shows of a chapter; `needs` are the names of others."""

    question: str
    needs: list[str]
    minutes: tuple[int, int]


def read_chapter(text: str) -> Chapter | None:
    """Read front matter and card; a page without a card is no chapter."""
    card = re.search(r"^:class: chapter-card\n(.*?)^:::", text, re.MULTILINE | re.DOTALL)
    if card is None:
        return None
    needs = re.findall(r"\{doc\}`(\w+)`", card[1])
    time = re.search(r"about (\d+) minutes, and (\d+) for the practice", card[1])
    question = yaml.safe_load(text.split("---")[1])["question"]
    return Chapter(question, needs, (int(time[1]), int(time[2])))


def read_chapters(root: Path) -> dict[str, Chapter]:
    """Return the chapters by name, in the order of the table of contents."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    pages = [root / f"{page['file']}.md" for part in toc["parts"] for page in part["chapters"]]
    found = {page.stem: read_chapter(page.read_text(encoding="utf-8")) for page in pages}
    return {name: chapter for name, chapter in found.items() if chapter}


def direct_needs(chapters: dict[str, Chapter], name: str) -> list[str]:
    """Return the needs of a chapter without those that come with another of them."""
    implied = {far for near in chapters[name].needs for far in chapters[near].needs}
    return [need for need in chapters[name].needs if need not in implied]


class ChapterMap(SphinxDirective):
    """A list of the chapters, each of the level after the last of those that it needs."""

    def run(self) -> list[nodes.Node]:
        chapters = read_chapters(Path(self.env.srcdir))
        levels: dict[str, int] = {}
        for name, chapter in chapters.items():
            levels[name] = 1 + max((levels[need] for need in chapter.needs), default=0)
        ordered = sorted(chapters, key=levels.__getitem__)
        items = []
        for number, name in enumerate(ordered, start=1):
            question, _, (reading, practice) = chapters[name]
            needs = " and ".join(f"{{doc}}`{need}`" for need in direct_needs(chapters, name))
            after = f" Builds on {needs}." if needs else ""
            items.append(
                f"{number}. {{doc}}`{name}`\n\n   {question}\n\n"
                f"   {reading} minutes, and {practice} to practise.{after}"
            )
        [map_] = self.parse_text_to_nodes("\n\n".join(items))
        map_["classes"].append("chapter-map")
        for item, name in zip(map_, ordered, strict=True):
            beside = list(levels.values()).count(levels[name])
            item["classes"] += [f"level-{levels[name]}", f"of-{beside}"]
        return [map_]


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("chapter-map", ChapterMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
