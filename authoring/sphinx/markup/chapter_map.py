"""Draw the way through the book: the directive `chapter-map`.

The map is a list that reads well in order. `course.css` puts the chapters of one level side by
side, and draws the arrows.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from authoring.source import Chapter, read_chapters


def levels_of(chapters: dict[str, Chapter]) -> dict[str, int]:
    """Return the level of each chapter: the one after the last of those that it needs."""
    levels: dict[str, int] = {}
    for name, chapter in chapters.items():
        levels[name] = 1 + max((levels[need] for need in chapter.needs), default=0)
    return levels


def direct_needs(chapters: dict[str, Chapter], name: str) -> list[str]:
    """Return the needs of a chapter without those that come with another of them."""
    implied = {far for near in chapters[name].needs for far in chapters[near].needs}
    return [need for need in chapters[name].needs if need not in implied]


class ChapterMap(SphinxDirective):
    """A list of the chapters, level by level."""

    def run(self) -> list[nodes.Node]:
        chapters = read_chapters(Path(self.env.srcdir))
        levels = levels_of(chapters)
        ordered = sorted(chapters, key=levels.__getitem__)
        items = []
        for number, name in enumerate(ordered, start=1):
            chapter = chapters[name]
            for page in chapter.pages:
                self.env.note_dependency(self.env.doc2path(f"book/{page}"))
            needs = " and ".join(f"{{doc}}`{need}`" for need in direct_needs(chapters, name))
            after = f" Builds on {needs}." if needs else ""
            items.append(
                f"{number}. {{doc}}`{name}`\n\n   {chapter.question}\n\n"
                f"   {chapter.minutes} minutes, and {chapter.practice_minutes} to practise.{after}"
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
