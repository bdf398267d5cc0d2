"""When each step of the build has its turn: Sphinx takes low numbers first."""

from __future__ import annotations

# Before the table of contents is read, which lists these pages.
WRITE_EXERCISE_PAGES = 100

# Transforms of a page. sphinx_external_toc has made the table of contents from `_toc.yml` at 100.
LIST_INDEX = 110
INLINE_FIGURES = 390
REFUSE_TRACEBACKS = 400
PAIR_FIGURES = 400
LIFT_FIGURES = 410
LINK_GLOSSARY = 420

# Listeners to `html-page-context`. The theme makes its menus at 501, its table of contents later.
CHANGE_MENUS = 502
MEND_MARKUP = 900
