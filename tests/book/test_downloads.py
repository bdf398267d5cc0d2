"""What readers take away from a page, and where the page sends them to run it."""

import ast
import copy
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from urllib.parse import unquote

import jupytext
import nbformat
import pytest
from book_builds import SmallBook
from bs4 import BeautifulSoup
from conftest import CHAPTERS, EXERCISES, PAGES, ROOT
from packaging.requirements import Requirement

from authoring.kit import make_kit
from authoring.sphinx.site.launch_buttons import binder, colab, install_command, jupyterhub

TEXTS = {page: (ROOT / f"{page}.md").read_text() for page in PAGES if page not in EXERCISES}
WITH_CELLS = [page for page, text in TEXTS.items()
              if "{code-cell}" in text and "\nnotebook: false" not in text]  # fmt: skip
MARKUP = re.compile(r"^:::|\{[a-z:]+\}`|^\([\w-]+\)=$|^```\{", re.MULTILINE)
ADDRESS = "https://github.com/someone/course"


@pytest.fixture(scope="module")
def taken(site, soup):
    """A function that returns the notebook behind the link that a page shows."""

    def taken(page):
        (link,) = soup(page).select(".take-away a[href$='.ipynb']")
        return (site / page).parent / unquote(link["href"])

    return taken


def markdown_of(notebook):
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def words(text):
    return set(re.findall(r"[^\W\d_]{2,}", text))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_offers_its_source_and_if_it_has_cells_a_notebook(site, soup, page):
    parsed = soup(page)
    menu = {
        a.get_text(strip=True): a["href"] for a in parsed.select(".dropdown-download-buttons a")
    }
    line = {a.get_text(strip=True): a["href"] for a in parsed.select(".take-away a[download]")}
    name = page.rpartition("/")[2]
    source = menu["MyST source (.md)"]
    assert (site / page).parent.joinpath(source).read_bytes() == (ROOT / f"{page}.md").read_bytes()
    if page in WITH_CELLS:
        assert menu["Notebook (.ipynb)"] == f"../_sources/book/{name}.ipynb"
        assert line == {
            "notebook (.ipynb)": menu["Notebook (.ipynb)"],
            "source in MyST Markdown (.md)": source,
        }
    else:
        assert "Notebook (.ipynb)" not in menu
        assert line == {}


@pytest.mark.parametrize("page", WITH_CELLS)
def test_a_notebook_has_the_code_and_the_text_of_its_page(taken, soup, page):
    notebook = nbformat.read(taken(page), as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells] == [f"cell-{i}" for i in range(len(notebook.cells))]
    source = jupytext.read(ROOT / f"{page}.md")
    code, written = ([cell for cell in book.cells if cell.cell_type == "code"]
                     for book in (notebook, source))  # fmt: skip
    assert [cell.source for cell in code] == [cell.source for cell in written]
    tags = [cell.metadata.get("tags", []) for cell in code]
    assert tags == [cell.metadata.get("tags", []) for cell in written]
    folded = [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in code]
    assert all(fold for fold, tag in zip(folded, tags, strict=True) if "hide-input" in tag)
    assert not any(cell.outputs for cell in code)

    text = markdown_of(notebook)
    assert "Learn JAX through statistics" in notebook.cells[0].source
    assert "pip install -r requirements.txt" in notebook.cells[0].source
    assert MARKUP.findall(text) == []
    article = copy.copy(soup(page).find("article"))
    for extra in article.select("div.cell, .headerlink"):
        # The caption of a figure is a part of its output.
        kept = extra.find("figcaption") if "cell" in extra["class"] else None
        extra.replace_with(kept) if kept else extra.decompose()
    # Sphinx writes split around a formula of several lines.
    assert words(article.get_text(" ")) - words(text) - {"split"} == set()


def test_formulas_figures_exercises_and_sources_read_well(taken, soup):
    text = markdown_of(nbformat.read(taken("book/goldfield"), as_version=4))
    assert "\\frac{\\partial f}{\\partial x} &= 4x - 4y, \\\\\n" in text
    page = soup("book/goldfield")
    for caption in page.select("figcaption"):
        number = caption.select_one(".caption-number").get_text(strip=True)
        start = caption.select_one(".caption-text").get_text().strip()[:25]
        assert f"**{number}** {start}" in text
    titles = [t.get_text() for t in page.select("div.exercise .admonition-title")]
    assert len(titles) >= 6
    assert all(f"> **{' '.join(title.split())}**\n>\n" in text for title in titles)
    # JupyterLab would take the > of a quote for a part of a formula that goes over lines.
    for quoted in re.findall(r"(?:^>.*\n)+", text, re.MULTILINE):
        assert all(line.count("$") % 2 == 0 for line in quoted.splitlines())
    assert "<details><summary>Solution to Exercise" in text
    assert "you can move the controls of this figure" in text
    gradients = markdown_of(nbformat.read(taken("book/gradients"), as_version=4))
    assert "(Griewank and Walther, *Evaluating Derivatives" in gradients


@pytest.fixture(scope="module")
def kit_python(tmp_path_factory):
    """A Python that has the student kit, and nothing of this repository.

    It stands for `pip install -r requirements.txt` in the folder of the kit, which needs a network.
    The packages of others are seen where they are installed for these tests; a folder that a .pth
    file names is searched, but its own .pth files, so our editable installation, are not read.
    """
    folder = tmp_path_factory.mktemp("clean")
    with zipfile.ZipFile(make_kit(ROOT)) as kit:
        kit.extractall(folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv/bin/python"
    (packages,) = (folder / "venv/lib").glob("python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", packages, folder / "student"], check=True, timeout=120)

    def run(*arguments):
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        environment["JUPYTER_PREFER_ENV_PATH"] = "1"
        result = subprocess.run([python, *arguments], cwd=folder, env=environment, text=True,
                                capture_output=True, timeout=300, check=False)  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout

    run("-m", "ipykernel", "install", "--sys-prefix")
    where = run("-c", "import dl_workshop; print(dl_workshop.__file__)").strip()
    assert where == str(packages / "dl_workshop/__init__.py")
    missing = "from importlib.util import find_spec; print(find_spec('sealed_grader'))"
    assert run("-c", missing).strip() == "None"
    run.folder = folder
    return run


# One in CI, and all in the night.
IN_CI = "book/goldfield"


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [pytest.param(p, marks=[] if p == IN_CI else pytest.mark.nightly) for p in WITH_CELLS],
)
def test_a_notebook_runs_with_the_student_kit_alone(taken, soup, kit_python, page):
    notebook = shutil.copy(taken(page), kit_python.folder)
    kit_python("-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", notebook)
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells
             if cell.cell_type == "code"]  # fmt: skip
    assert all(cell.execution_count for cell in cells)
    outputs = [output for cell in cells for output in cell.outputs]
    assert not any(output.get("name") == "stderr" for output in outputs)
    figures = len(soup(page).select("article figure"))
    assert sum("image/svg+xml" in output.get("data", {}) for output in outputs) == figures


@pytest.mark.slow
def test_all_that_notebooks_import_comes_with_the_student_kit(taken, kit_python):
    assert set(CHAPTERS) < set(WITH_CELLS)
    code = "\n".join(cell.source for page in WITH_CELLS
                     for cell in nbformat.read(taken(page), as_version=4).cells
                     if cell.cell_type == "code")  # fmt: skip
    imports = [node for node in ast.walk(ast.parse(code))
               if isinstance(node, ast.Import | ast.ImportFrom)]  # fmt: skip
    assert len(imports) > 30
    kit_python("-c", "\n".join(map(ast.unparse, imports)))


@pytest.mark.slow
def test_without_a_kit_there_is_nothing_to_launch_and_without_a_course_nothing_to_edit(tmp_path):
    book = SmallBook(tmp_path)
    for name in ("solutions/goldfield/goldfield.md", "exercises/goldfield/goldfield.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/first\nchapters:\n- file: book/goldfield\n"
        "- file: book/second\n- file: book/students\n- file: book/exercises/goldfield\n"
    )
    book.write("first", title="First", prose="", code="1")
    book.write("second", title="Second", prose="", code="2")
    book.write("goldfield", title="The goldfield", prose="{doc}`second`", code="3")
    (tmp_path / "book/students.md").write_text("# Guide\n\n```{colab-setup}\n```\n")

    def links(page):
        header = BeautifulSoup(book.page(page), "html.parser").select(".article-header-buttons a")
        return {a.get_text(strip=True) for a in header}

    source = {"MyST source (.md)"}
    downloads = {"Notebook (.ipynb)", *source}
    succeeded, _, printed = book.build_here()
    assert succeeded, printed
    assert links("goldfield") == downloads
    assert links("exercises/goldfield") == source

    config = tmp_path / "_config.yml"
    text = config.read_text()
    assert text.count('  url: ""\n') == 1
    config.write_text(text.replace('  url: ""\n', f"  url: {ADDRESS}\n"))
    succeeded, executed, printed = book.build_here()
    assert (succeeded, executed) == (True, []), printed
    assert links("goldfield") == downloads | {"Repository", "Suggest edit", "Open issue"}
    assert links("exercises/goldfield") == source
    assert "%pip" not in book.page("students")
    taken_away = tmp_path / "_build/html/_sources/book/goldfield.ipynb"
    assert "%pip" not in taken_away.read_text()

    # The same source gives the same notebook.
    before = taken_away.read_bytes()
    book.write("second", title="Second", prose="New.", code="2")
    assert book.build_here()[0]
    assert taken_away.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prose", "lost"),
    [("See {abbr}`JIT`.", "{abbr}`JIT`"), (":::{note}\nSee below.\n:::", "{note}")],
)
def test_a_notebook_loses_no_markup_quietly(tmp_path, prose, lost):
    book = SmallBook(tmp_path)
    book.first(code=None)
    book.second(prose=prose)
    succeeded, _, printed = book.build_here()
    assert not succeeded
    assert f"A notebook cannot show {lost}." in printed


def test_other_hosts_and_a_hub_of_our_own():
    lab = "https://gitlab.com/group/part/course"
    assert binder(lab, "main", "a.ipynb") == (
        "https://mybinder.org/v2/gl/group%2Fpart%2Fcourse/main?urlpath=lab%2Ftree%2Fa.ipynb"
    )
    assert binder("https://git.example.org/me/course", "work/new", "a.ipynb") == (
        "https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fme%2Fcourse/work%2Fnew"
        "?urlpath=lab%2Ftree%2Fa.ipynb"
    )
    assert jupyterhub(ADDRESS, "main", "a.ipynb", "https://hub.example.org") == (
        "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2F"
        "someone%2Fcourse&branch=main&urlpath=lab%2Ftree%2Fcourse%2Fa.ipynb"
    )
    assert colab(lab, "main", "a.ipynb") is None


def imported(code):
    """The packages that Python code imports."""
    for node in ast.walk(ast.parse(re.sub(r"^%.*", "", code, flags=re.MULTILINE))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_what_is_run_on_colab_installs_all_that_notebooks_import():
    command = install_command(ADDRESS, "students")
    wanted = Requirement(re.fullmatch(r"%pip install --quiet '(.*)'", command)[1])
    assert (wanted.name, wanted.url) == ("dl_workshop", f"git+{ADDRESS}@students")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    brought = list(project["dependencies"])
    for extra in wanted.extras:
        brought += project["optional-dependencies"][extra]
    notebooks = [*ROOT.glob("exercises/*/*.ipynb"), *(ROOT / f"{page}.md" for page in WITH_CELLS)]
    code = [cell.source for path in notebooks for cell in jupytext.read(path).cells
            if cell.cell_type == "code"]  # fmt: skip
    needed = {name for text in code for name in imported(text)} - sys.stdlib_module_names
    named = {Requirement(text).name for text in brought}
    assert needed - {"dl_workshop", "IPython"} <= named
    assert {
        Requirement(text).name for text in project["optional-dependencies"]["exercises"]
    } <= needed
