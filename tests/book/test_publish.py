"""What a published course shows, and what it keeps to itself."""

import os
import re
import shutil
import subprocess
import tomllib
from types import SimpleNamespace

import pytest
from book_builds import build
from bs4 import BeautifulSoup
from conftest import CHAPTERS, EXERCISES, PAGES, ROOT, need_program
from leaks import leaks_in
from packaging.requirements import Requirement
from sphinx.errors import ConfigError

from authoring.kit import make_kit
from authoring.sphinx.site.launch_buttons import fill_in, install_command

COURSE = "https://github.com/someone/private-course"
KIT = "https://github.com/someone/kit"
HUB = "https://nbgitpuller.readthedocs.io/en/latest/link.html"


@pytest.fixture(scope="module")
def published(site, tmp_path_factory):
    """The whole site of a course that has an address, and so has its student kit."""
    root = tmp_path_factory.mktemp("published") / "course"
    ignore = shutil.ignore_patterns(".*", "_build", "__pycache__", "tests", "submitted")
    shutil.copytree(ROOT, root, ignore=ignore)
    # What the chapters printed, so that they need not be executed again.
    for part in ("tests/data", "_build/.jupyter_cache"):
        shutil.copytree(ROOT / part, root / part)
    config = root / "_config.yml"
    text = config.read_text()
    for key, address in {"url": COURSE, "kit_url": KIT}.items():
        assert text.count(f'  {key}: ""\n') == 1
        text = text.replace(f'  {key}: ""\n', f"  {key}: {address}\n")
    config.write_text(text)
    result = build(root)
    assert result.returncode == 0, result.stdout
    site = root / "_build/html"
    pages = {
        path.relative_to(site).with_suffix("").as_posix(): BeautifulSoup(
            path.read_text(), "html.parser"
        )
        for path in site.rglob("*.html")
        if "_static" not in path.parts
    }
    return SimpleNamespace(site=site, pages=pages)


def menu(page):
    """The links in the header of a page, but for its downloads."""
    buttons = page.select(".article-header-buttons a:not([download])")
    return {a.get_text(strip=True): a["href"] for a in buttons if a["href"].startswith("http")}


def elsewhere(name):
    file = f"exercises/{name}/{name}.ipynb"
    quoted = file.replace("/", "%2F")
    return {
        "The exercises on Binder": "https://mybinder.org/v2/gh/someone/kit/main"
        f"?urlpath=lab%2Ftree%2F{quoted}",
        "The exercises on JupyterHub": f"{HUB}?repo=https%3A%2F%2Fgithub.com%2Fsomeone%2Fkit"
        f"&branch=main&urlpath=lab%2Ftree%2Fkit%2F{quoted}",
        "The exercises on Colab":
            f"https://colab.research.google.com/github/someone/kit/blob/main/{file}",
    }  # fmt: skip


def source(page):
    issue = f"title=Issue%20on%20page%20%2F{page}.html&body=Your%20issue%20content%20here."
    return {
        "Repository": COURSE,
        "Suggest edit": f"{COURSE}/edit/main/{page}.md",
        "Open issue": f"{COURSE}/issues/new?{issue}",
    }


@pytest.mark.slow
def test_no_file_and_no_link_of_a_published_site_gives_a_solution_away(published):
    assert leaks_in(published.site) == []


@pytest.mark.slow
def test_students_are_sent_to_the_kit_and_nowhere_near_the_sources_of_exercises(published):
    for page in EXERCISES:
        assert menu(published.pages[page]) == elsewhere(page.rpartition("/")[2])
        assert COURSE not in str(published.pages[page])
    for page in CHAPTERS:
        assert menu(published.pages[page]) == elsewhere(page.rpartition("/")[2]) | source(page)
    for page in set(PAGES) - set(EXERCISES) - set(CHAPTERS):
        assert menu(published.pages[page]) == source(page)


@pytest.mark.slow
def test_what_runs_a_student_s_code_is_told_of_the_kit_alone(published):
    guide = published.pages["book/students"].find("article").get_text()
    notebooks = [path.read_text() for path in published.site.rglob("_sources/**/*.ipynb")]
    assert len(notebooks) >= len(CHAPTERS)
    for text in [guide, *notebooks]:
        assert re.search(rf"%pip install .*git\+{KIT}@main", text)
        assert COURSE not in text


@pytest.mark.slow
def test_the_site_can_be_put_on_github_pages(published):
    assert (published.site / ".nojekyll").exists()


def test_the_kit_may_not_be_the_course():
    launch = {"kit_url": f"{COURSE}.git/", "kit_branch": "students"}
    options = {"repository_url": COURSE, "launch_buttons": launch}
    with pytest.raises(ConfigError, match="give the student kit a repository of its own"):
        fill_in(None, SimpleNamespace(html_theme_options=options))


def test_what_binder_the_hub_and_colab_open_holds_no_solution(tmp_path):
    kit = make_kit(ROOT).with_suffix("")
    assert leaks_in(kit) == []
    assert (kit / "requirements.txt").exists()
    assert (kit / "runtime.txt").exists()
    project = tomllib.loads((kit / "pyproject.toml").read_text())["project"]
    for_colab = Requirement(install_command(KIT, "main").split("'")[1])
    assert for_colab.name == project["name"]
    assert for_colab.extras <= set(project["optional-dependencies"])
    for page in EXERCISES:
        name = page.rpartition("/")[2]
        assert (kit / f"exercises/{name}/{name}.ipynb").is_file()


def run_recipes(section, folder, published):
    """Run the commands of a section of the page twice, as after a change; return what arrives."""
    text = (ROOT / "book/publish.md").read_text().partition(f"\n## {section}\n")[2]
    first, again = re.findall(r"```sh\n(.*?)```", text.partition("\n## ")[0], re.DOTALL)
    assert again.startswith("make ")
    again = again.partition("\n")[2]
    home = {"HOME": str(folder), "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}  # fmt: skip

    def run(commands, at):
        commands = commands.replace("git@github.com:someone/kit.git", str(folder / "kit.git"))
        result = subprocess.run(
            ["sh", "-ec", commands], cwd=at, env=os.environ | home, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout

    (folder / "course").mkdir(exist_ok=True)
    run("test -e kit.git || git init -q --bare --initial-branch main kit.git", folder)
    run(first + again, folder / "course")
    removed, added = published / "removed.txt", published / "added.txt"
    removed.rename(added)
    run(again, folder / "course")
    branch = run("git -C ../site branch --show-current || echo main", folder / "course").strip()
    arrived = run(f"git --git-dir kit.git ls-tree -r --name-only {branch}", folder)
    return sorted(arrived.splitlines())


def files_in(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_the_commands_on_the_page_publish_kit_and_site(tmp_path):
    need_program("git")
    build = tmp_path / "course/_build"
    shutil.copytree(make_kit(ROOT).with_suffix(""), build / "student")
    for name in ("index.html", ".nojekyll", "_static/a.css", "removed.txt"):
        (build / "html" / name).parent.mkdir(parents=True, exist_ok=True)
        (build / "html" / name).touch()
    (build / "student/removed.txt").touch()
    arrived = run_recipes("The student kit", tmp_path, build / "student")
    assert arrived == files_in(build / "student")
    arrived = run_recipes("A private course with a public site", tmp_path, build / "html")
    assert arrived == files_in(build / "html")
