"""Link each term of the glossary where a chapter first uses it, and enter it into the index.

Authors write no links: the first use in the prose of a chapter becomes one. Where that use means
something else, as in "arrow key", a chapter writes the role `term` at the use that it means, and is
then left alone. The index names, under each term, the chapters that the glossary names, and under
each entry that a chapter makes by itself, the chapter.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from authoring.sphinx import priorities

# What is not prose.
SKIPPED = (
    nodes.FixedTextElement, nodes.Invisible, nodes.caption, nodes.literal, nodes.math,
    nodes.reference, nodes.table, nodes.title, addnodes.pending_xref,
)  # fmt: skip


def read_glossary(text: str) -> dict[str, list[str]]:
    """Return the terms, and for each the chapters that its definition names."""
    blocks = re.findall(r"^(\S.*)\n((?:  .*\n?)+)", text.partition("{glossary}\n")[2], re.MULTILINE)
    return {term: re.findall(r"\{doc\}`(\w+)`", definition) for term, definition in blocks}


def pattern_of(term: str) -> str:
    """Return what finds a term: also in the plural, at the start of a sentence, or hyphenated."""
    words = [f"{re.escape(word)}s?" for word in term.split()]
    if term[0].islower():
        words[0] = f"[{term[0]}{term[0].upper()}]{words[0][1:]}"
    return r"(?<![\w-])" + r"[\s-]".join(words) + r"(?![\w-])"


def is_prose(node: nodes.Node) -> bool:
    """Whether a text is outside everything that is skipped."""
    while node := node.parent:
        if isinstance(node, SKIPPED) or "chapter-card" in node.get("classes", ()):
            return False
    return True


def join_texts(element: nodes.TextElement) -> None:
    """Make one text of those that the source breaks into lines."""
    groups = itertools.groupby(element, lambda node: isinstance(node, nodes.Text))
    joined = [[nodes.Text("".join(group))] if text else list(group) for text, group in groups]
    element[:] = list(itertools.chain.from_iterable(joined))


class LinkFirstUses(SphinxTransform):
    """Make each first use of a term a reference to the glossary."""

    default_priority = priorities.LINK_GLOSSARY

    def apply(self) -> None:
        boxes = self.document.findall(nodes.admonition)
        if not any("chapter-card" in box["classes"] for box in boxes):
            return
        chapter = next(iter(self.document.findall(nodes.title))).astext()
        for index in self.document.findall(addnodes.index):
            index["entries"] = [(kind, f"{value}; {chapter}", *rest)
                                for kind, value, *rest in index["entries"]]  # fmt: skip
        glossary = read_glossary(Path(self.app.srcdir, "book/glossary.md").read_text("utf-8"))
        links = {link["reftarget"]: link for link in self.document.findall(addnodes.pending_xref)
                 if link["reftype"] == "term"}  # fmt: skip
        for paragraph in self.document.findall(nodes.paragraph):
            for element in paragraph.findall(nodes.TextElement):
                join_texts(element)
        for text in list(self.document.findall(nodes.Text)):
            if is_prose(text):
                self.link_terms(text, sorted(glossary, key=len, reverse=True), links)
        for term, link in links.items():
            if self.env.docname.split("/")[-1] in glossary[term]:
                name = f"index-{nodes.make_id(term)}"
                entry = addnodes.index(entries=[("single", f"{term}; {chapter}", name, "", None)])
                at = link.parent.index(link)
                link.parent.insert(at, [entry, nodes.target("", "", ids=[name])])

    def link_terms(self, text: nodes.Text, terms: list[str], links: dict[str, nodes.Node]) -> None:
        """Replace the terms that have no link yet.

        Args:
            text: where to look.
            terms: the longest first, so that "gradient descent" is not a use of "gradient".
            links: the links so far by their terms; new ones are added.
        """
        parts, end = [], 0
        for found in re.finditer("|".join(f"({pattern_of(term)})" for term in terms), text):
            term = terms[found.lastindex - 1]
            if term not in links:
                links[term] = addnodes.pending_xref(
                    "", nodes.inline("", found[0], classes=["xref", "std", "std-term"]),
                    refdomain="std", reftype="term", reftarget=term, refexplicit=True,
                    refwarn=True, refdoc=self.env.docname,
                )  # fmt: skip
                parts += [nodes.Text(text[end : found.start()]), links[term]]
                end = found.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def setup(app: Sphinx) -> dict[str, object]:
    app.add_transform(LinkFirstUses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
