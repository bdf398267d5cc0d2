"""Say below the title of each exercise how hard it is and how long it takes.

The directive `exercise` of sphinx-exercise gets two more options, and asks for both: `difficulty`,
beside the examples of the chapter and in words, and `minutes`.
"""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx_exercise.directive import ExerciseDirective

DIFFICULTIES = ("easier", "as in the chapter", "harder")


def effort(difficulty: str, minutes: int | str) -> str:
    """Return the line that says it."""
    return f"Difficulty: {difficulty} · Time: {minutes}\N{NO-BREAK SPACE}minutes"


class ExerciseWithEffort(ExerciseDirective):
    """An exercise that says what it asks of the reader."""

    option_spec = ExerciseDirective.option_spec | {
        "difficulty": lambda words: directives.choice(words, DIFFICULTIES),
        "minutes": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        try:
            difficulty, minutes = self.options["difficulty"], self.options["minutes"]
        except KeyError as missing:
            raise self.error(f"This exercise needs the option {missing.args[0]}.") from None
        output = super().run()
        words = effort(difficulty, minutes)
        for exercise in output:
            exercise.insert(1, nodes.paragraph("", words, classes=["exercise-effort"]))
        return output


def setup(app: Sphinx) -> dict[str, object]:
    app.setup_extension("sphinx_exercise")
    app.add_directive("exercise", ExerciseWithEffort, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
