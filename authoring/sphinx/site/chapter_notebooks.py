"""Offer every page with cells as a notebook that runs without the book.

MyST markup means nothing to plain JupyterLab. So roles become their text, directives become quotes
with a title, and the caption and the description of a figure follow its cell. What the page folds
is folded in the notebook too. A role or directive that is not known here fails the build, so that
no text is lost quietly.

The notebook lies beside the MyST source in `_sources/`. The download menu of the theme offers both,
and so does a line under the page, which needs no JavaScript. A page opts out with `notebook: false`
in its front matter.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from pybtex.database import Entry, parse_file
from pybtex.richtext import Text
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from authoring.sphinx import priorities
from authoring.sphinx.markup.exercise_effort import effort
from authoring.sphinx.markup.quizzes import VERDICTS
from authoring.sphinx.site.launch_buttons import install_command

logger = logging.getLogger(__name__)

ROLE = re.compile(r"\{([a-z:]+)\}`([^`]+)`")
DIRECTIVE = re.compile(
    r"^(?P<fence>:{3,}|`{3,})\{(?P<name>[\w-]+)\} *(?P<title>.*)\n"
    r"(?P<options>(?::[\w-]+:.*\n)*)(?P<body>(?:.*\n)*?)(?P=fence)[ ]*$",
    re.MULTILINE,
)
GATE = re.compile(r"^(:{3,})\{solution-(start|end)\} *(.*)\n(?::[\w-]+:.*\n)*\1[ ]*$", re.MULTILINE)
TARGET = re.compile(r"^\([\w-]+\)=\n", re.MULTILINE)
MATH = re.compile(r"(\$\$?).+?\1", re.DOTALL)


def number_of(env: BuildEnvironment, kind: str, label: str) -> str:
    """Return what the book calls a figure or an exercise, such as `Fig. 3`."""
    for numbers in env.toc_fignumbers.values():
        if label in numbers.get(kind, {}):
            number = ".".join(map(str, numbers[kind][label]))
            return env.config.numfig_format[kind] % number
    raise KeyError(label)


def text_of_role(env: BuildEnvironment, page: str, role: str, content: str) -> str:
    """Return the plain Markdown that a role stands for."""
    if explicit := re.fullmatch(r"(.+?)\s*<.+>", content, re.DOTALL):
        return explicit[1]
    if role in ("term", "kbd"):
        return content
    if role == "doc":
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), content))
        return f"*{env.titles[target].astext()}*"
    if role == "numref":
        return number_of(env, "figure", content)
    if role == "ref":
        return f"*{env.get_domain('std').labels[content][2]}*"
    if role in ("cite:p", "cite:t"):
        references: dict[str, Entry] = {}
        for file in env.config.bibtex_bibfiles:
            references.update(parse_file(Path(env.srcdir) / file).entries)
        works = [cite(references[key.strip()], role) for key in content.split(",")]
        return f"({'; '.join(works)})" if role == "cite:p" else "; ".join(works)
    raise KeyError(role)


def cite(work: Entry, role: str) -> str:
    """Return authors, title and year of a work, since a notebook has no list of references."""
    names = [" ".join(map(str, person.rich_last_names)) for person in work.persons["author"]]
    authors = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    about = f"*{Text.from_latex(work.fields['title'])}*, {work.fields['year']}"
    return f"{authors}, {about}" if role == "cite:p" else f"{authors} ({about})"


def quote(text: str) -> str:
    """Return Markdown as a quote.

    A formula has to be on one line in it: JupyterLab takes the `>` of a next line for a part of it.
    """
    text = MATH.sub(lambda formula: " ".join(formula[0].split()), text.strip())
    return re.sub(r"^", "> ", text, flags=re.MULTILINE).replace("> \n", ">\n")


def plain(env: BuildEnvironment, page: str, text: str) -> str:
    """Return MyST Markdown as Markdown that JupyterLab shows as it is meant."""

    def replace_role(match: re.Match[str]) -> str:
        try:
            return text_of_role(env, page, *match.groups())
        except KeyError:
            logger.warning("A notebook cannot show %s.", match[0], location=page)
            return match[0]

    def replace_directive(match: re.Match[str]) -> str:
        title, body = match["title"], match["body"]
        options = dict(re.findall(r"^:([\w-]+): *(.*)$", match["options"], re.MULTILINE))
        match match["name"]:
            case "admonition":
                pass
            case "exercise":
                title = f"{number_of(env, 'exercise', options['label'])} ({title})"
                body = f"*{effort(options['difficulty'], options['minutes'])}*\n\n{body}"
            case "quiz":
                title, body = "A question", quiz(body)
            case "index":
                return ""
            case name:
                logger.warning("A notebook cannot show {%s}.", name, location=page)
                return match[0]
        return quote(f"**{title}**\n\n{body.strip()}")

    text = ROLE.sub(replace_role, TARGET.sub("", text))
    return DIRECTIVE.sub(replace_directive, text).strip()


def quiz(body: str) -> str:
    """Return a quiz as a question with options, and below these, folded, what is to say of each."""
    question, *parts = re.split(r"^- \[([ x])\] ", body, flags=re.MULTILINE)
    options, answers = [], []
    for mark, text in zip(parts[::2], parts[1::2], strict=True):
        option, why = text.split("\n\n", 1)
        verdict = VERDICTS["right" if mark == "x" else "wrong"]
        options.append(f"- {option}")
        answers.append(f"- {option}\n\n  **{verdict}** {why.strip()}")
    return "\n".join([question, *options, "", fold("Answers", "\n\n".join(answers))])


def fold(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def convert(env: BuildEnvironment, page: str, source: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the cells of the notebook for a page, without its opening."""
    solution = None  # what the solution is called that we are in; it may span cells
    for cell in source.cells:
        if cell.cell_type == "code":
            about = cell.metadata
            tags = about.get("tags", [])
            metadata = {"tags": tags} if tags else {}
            if solution or {"hide-input", "hide-cell"} & set(tags):
                metadata["jupyter"] = {"source_hidden": True}
            yield new_code_cell(cell.source, metadata=metadata)
            if "figure" in about.get("mystnb", {}):
                yield new_markdown_cell(caption(env, page, about["mystnb"]))
            continue
        blocks = []
        # Fence, gate, label and the text after them; the text before the first has none.
        parts = iter(["", "", "", *GATE.split(cell.source)])
        for _, gate, label, text in zip(*[parts] * 4, strict=True):
            if gate:
                number = number_of(env, "exercise", label) if gate == "start" else None
                solution = number and f"Solution to {number}"
            shown = plain(env, page, text)
            if solution and shown:
                shown = fold(solution, shown)
            elif gate == "start":
                shown = f"*{solution}, in the folded cell:*"
            blocks.append(shown)
        if text := "\n\n".join(filter(None, blocks)):
            yield new_markdown_cell(text)


def caption(env: BuildEnvironment, page: str, about: dict[str, dict[str, str]]) -> str:
    """Return what stands under a figure, and what it shows, for those who cannot see it."""
    number = number_of(env, "figure", about["figure"]["name"])
    text = f"**{number}** {plain(env, page, about['figure']['caption'])}"
    if about["image"].get("classes") == "interactive":
        text += " (In the book you can move the controls of this figure.)"
    return text + "\n\n" + fold("What the figure shows", plain(env, page, about["image"]["alt"]))


def opening(app: Sphinx) -> str:
    """Return the line that says where a notebook comes from, and what it needs."""
    title, author = app.config.html_title, app.config.author
    address = app.config.kit_url
    text = (
        f"From the course {f'[{title}]({address})' if address else title}, by {author}. To run this"
        " notebook you need the student kit, which holds the helper package `dl_workshop` too: in"
        " the folder of the kit, run `python -m pip install -r requirements.txt`."
    )
    if address:
        command = install_command(address, app.config.kit_branch)
        text += f" Without the kit, as on Colab, run this in a cell:\n\n```\n{command}\n```"
    return text


def notebook_of(app: Sphinx, page: str) -> NotebookNode:
    """Return the notebook for a page, the same one each time."""
    source = jupytext.read(app.env.doc2path(page), fmt="md:myst")
    cells = [new_markdown_cell(opening(app)), *convert(app.env, page, source)]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    notebook = new_notebook(cells=cells, metadata={"kernelspec": source.metadata.kernelspec})
    nbformat.validate(notebook)
    return notebook


def write_notebook(
    app: Sphinx, page: str, template: str, context: dict[str, object], doctree: object
) -> None:
    """Write the notebook of a page, and tell the theme's download menu and our line of it."""
    about = app.env.metadata.get(page, {})
    if "kernelspec" in about and str(about.get("notebook")).lower() != "false":
        context["ipynb_source"] = f"{page}.ipynb"
        target = Path(app.outdir) / "_sources" / context["ipynb_source"]
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook_of(app, page), target)


def name_downloads(
    app: Sphinx, page: str, template: str, context: dict[str, object], doctree: object
) -> None:
    """Say in the menu what each file is; the theme shows only its ending."""
    kinds = {"download-notebook-button": "Notebook", "download-source-button": "MyST source"}
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("label") in kinds:
                button["text"] = f"{kinds[button['label']]} ({button['text']})"


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", write_notebook)
    app.connect("html-page-context", name_downloads, priority=priorities.CHANGE_MENUS)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
