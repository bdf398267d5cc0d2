"""Questions with options, of which one is right and each is explained.

The directive `quiz` holds a paragraph that asks, code or formulas if need be, and then a list. The
right option begins with `[x]`, a wrong one with `[ ]`. Below it, indented, stands its explanation.

A page needs no script for this. Each option is a radio button, and `course.css` shows the
explanation of the one that is checked. Builders other than those for HTML write a plain list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import takewhile

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

MARK = re.compile(r"\[([ x])\]\s*")
VERDICTS = {"right": "Right.", "wrong": "Not quite."}
SHOWN = (nodes.literal_block, nodes.math_block)  # what may belong to an option, below its words


class Quiz(nodes.container):
    """All of a question."""


class Question(nodes.paragraph):
    """The paragraph that asks."""


class Options(nodes.bullet_list):
    """What to choose from."""


class Option(nodes.list_item):
    """An option with its explanation."""


class Choice(nodes.paragraph):
    """The words of an option."""


class Explanation(nodes.container):
    """Why an option is right or wrong."""


TAGS = {
    Quiz: ('<fieldset class="quiz">\n', "</fieldset>\n"),
    Question: ("<legend>", "</legend>\n"),
    Options: ("", ""),
    Option: ('<div class="quiz-option {verdict}">\n', "</div>\n"),
    Choice: ('<input type="radio" id="{key}" name="{quiz}"><label for="{key}">', "</label>\n"),
    # Itself always in the page: only then do screen readers say what appears in it.
    Explanation: ('<div class="quiz-explanation" aria-live="polite">\n', "</div>\n"),
}


class QuizDirective(SphinxDirective):
    """A question to check yourself with."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        match self.parse_content_to_nodes():
            case [nodes.paragraph() as question, *details, nodes.bullet_list() as items]:
                pass
            case _:
                raise self.error(
                    "A quiz begins with a paragraph that asks, and ends with a list of options."
                )
        quiz = f"quiz-{nodes.make_id(self.env.docname)}-{self.env.new_serialno('quiz')}"
        options = [self.read_option(item, quiz, f"{quiz}-{i}") for i, item in enumerate(items)]
        if len(options) < 2:
            raise self.error("This quiz has a single option. Add a wrong one.")
        right = sum(option["verdict"] == "right" for option in options)
        if right != 1:
            raise self.error(f"Mark exactly one option with [x]. In this quiz there are {right}.")
        asked = Question("", "", *question.children)
        node = Quiz("", asked, *details, Options("", *options))
        self.set_source_info(node)
        return [node]

    def read_option(self, item: nodes.list_item, quiz: str, key: str) -> Option:
        """Return an item of the list as an option, under a key of its own."""
        name = item.astext().partition("\n")[0]
        match item.children:
            case [nodes.paragraph(children=[nodes.Text() as text, *words]), *below] if (
                mark := MARK.match(text)
            ):
                choice = Choice("", text[mark.end() :], *words, quiz=quiz, key=key)
            case _:
                raise self.error(f"Begin this option with [ ] if wrong, [x] if right: {name}")
        if not choice.astext():
            raise self.error("Begin each option with a few words; code goes below them.")
        shown = list(takewhile(lambda node: isinstance(node, SHOWN), below))
        match below[len(shown) :]:
            case [nodes.paragraph() as why, *more]:
                verdict = "right" if mark[1] == "x" else "wrong"
                why.insert(0, [nodes.strong("", VERDICTS[verdict]), nodes.Text(" ")])
                return Option("", choice, *shown, Explanation("", why, *more), verdict=verdict)
            case _:
                raise self.error(f"Explain this option, in a paragraph indented below it: {name}")


def writers(opening: str, closing: str) -> tuple[Callable, Callable]:
    """Return functions that write the tags of a node, with its attributes filled in."""

    def visit(translator: HTML5Translator, node: nodes.Element) -> None:
        translator.body.append(opening.format_map(node.attributes))

    def depart(translator: HTML5Translator, node: nodes.Element) -> None:
        translator.body.append(closing)

    return visit, depart


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("quiz", QuizDirective)
    for node, tags in TAGS.items():
        app.add_node(node, html=writers(*tags))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
