"""What the build adds to Jupyter Book: one idea a module, in four folders.

This is the one place that says which extensions there are and in which order they work. Sphinx runs
transforms and listeners by their priority, low ones first, and those of equal priority in the order
of the list below.
"""

from __future__ import annotations

from sphinx.application import Sphinx

EXTENSIONS = (
    "execution.execution_cache",
    "execution.parallel_execution",
    "execution.cell_errors",
    "figures.inline_figures",
    "figures.theme_figures",
    "figures.lift_figures",
    "markup.chapter_map",
    "markup.exercise_effort",
    "markup.exercise_pages",
    "markup.glossary_links",
    "markup.quizzes",
    "site.api_signatures",
    "site.sidebar_index",
    "site.third_party",
    "site.chapter_notebooks",
    "site.launch_buttons",
    "site.accessible_markup",
    "site.offline_assets",
)


def setup(app: Sphinx) -> dict[str, object]:
    for name in EXTENSIONS:
        app.setup_extension(f"{__name__}.{name}")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
