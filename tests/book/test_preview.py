"""What `make preview` shows after an edit, on a book of two chapters that it follows."""

import functools
import json
import os
import re
import shutil
import time
import urllib.request
from types import SimpleNamespace

import pytest
from book_builds import ROOT, SmallBook
from running_preview import SECONDS, RunningPreview

pytestmark = pytest.mark.slow

ALL = ["exercises/gradients", "first", "second"]


class Preview(RunningPreview):
    """A preview of a small book, and what comes of an edit."""

    def __init__(self, book):
        super().__init__(book.folder)
        self.book = book

    def after(self, edit, end="; executed "):
        """What is printed after an edit, up to a line with these words, and what was done."""
        before = self.times()
        edit()
        printed = self.until(end)
        now = self.times()
        written = [name for name in now if now[name] != before.get(name)]
        executed = re.search(r"executed (.*)", printed.splitlines()[-1])
        return SimpleNamespace(printed=printed, written=written, executed=executed and executed[1])


@pytest.fixture(scope="module")
def preview(tmp_path_factory):
    book = SmallBook(tmp_path_factory.mktemp("book"))
    for name in ("solutions/gradients/gradients.md", "exercises/gradients/gradients.ipynb"):
        (book.folder / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, book.folder / name)
    contents = book.folder / "_toc.yml"
    contents.write_text(contents.read_text().replace("}]", "}, {file: book/exercises/gradients}]"))
    with Preview(book) as preview:
        started = preview.until("Ctrl-C.")
        assert {"executing book/first.md", "executing book/second.md"} <= {*started.splitlines()}
        preview.address = re.search(r"http://127\.0\.0\.1:\d+/", started)[0]
        yield preview


@pytest.fixture
def book(preview):
    """The book that is shown, and is put back as it was."""
    files = {path: path.read_bytes() for path in preview.book.folder.glob("book/*.md")}
    yield preview.book
    for path, content in files.items():
        if path.read_bytes() != content:
            preview.after(functools.partial(path.write_bytes, content))


def test_an_edit_of_prose_reaches_its_page_alone_and_nothing_is_executed(preview, book):
    seen = preview.after(lambda: book.second("{ref}`here` and a typo mended"))
    assert (seen.written, seen.executed) == (["second"], "nothing")
    assert "a typo mended" in preview.page("second")


def test_an_edit_of_a_cell_executes_its_chapter_alone(preview, book):
    seen = preview.after(lambda: book.second(code="print(6 * 7)"))
    assert (seen.written, seen.executed) == (["second"], "second")
    assert "42" in preview.page("second")


def test_a_new_title_reaches_the_sidebar_of_each_page(preview, book):
    path = book.folder / "book" / "second.md"
    text = path.read_text().replace("# Second", "# Renamed")
    seen = preview.after(lambda: path.write_text(text))
    assert (seen.written, seen.executed) == (ALL, "nothing")
    assert "Renamed" in preview.page("first")


FAULTS = {
    "a cell that fails": ({"code": "print(1)\n1 / 0"}, 15, "ZeroDivisionError: division by zero"),
    "syntax": ({"code": "print(1)\nprint(1"}, 15, "SyntaxError: "),
    "an unknown directive": ({"prose": "```{nonsense}\n```"}, 12, "Unknown directive type"),
    "an unknown role": ({"prose": "{nonsense}`x`"}, 12, "Unknown interpreted text role"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_file_and_line_and_the_last_good_page_stays(preview, book, fault):
    parts, line, cause = FAULTS[fault]
    good = preview.page("second")
    seen = preview.after(lambda: book.second(**parts))
    assert f"book/second.md:{line}: {cause}" in seen.printed
    assert "book/second.html stays as it was until this is fixed" in seen.printed
    assert preview.page("second") == good

    seen = preview.after(lambda: book.first("(here)=\n## Edited meanwhile"))
    assert (seen.written, seen.executed) == (["first"], "nothing")

    seen = preview.after(lambda: book.second("{ref}`here`, mended"))
    assert seen.written == ["second"]
    assert "stays" not in seen.printed
    assert "mended" in preview.page("second")


def test_front_matter_that_cannot_be_read_keeps_the_page_too(preview, book):
    path = book.folder / "book" / "second.md"
    good, text = preview.page("second"), path.read_text()
    seen = preview.after(lambda: path.write_text(text.replace("kernelspec:", "kernelspec: [")))
    assert "book/second.md:1: Malformed YAML" in seen.printed
    assert preview.page("second") == good


def test_a_link_that_leads_nowhere_is_told_and_shown(preview, book):
    seen = preview.after(lambda: book.second("{ref}`nowhere`"))
    assert "book/second.md:12: undefined label: 'nowhere'" in seen.printed
    assert seen.written == ["second"]


def test_a_style_sheet_is_copied_and_all_open_pages_reload(preview, book):
    style = book.folder / "book" / "_static" / "course.css"
    with urllib.request.urlopen(f"{preview.address}book/first.html", timeout=SECONDS) as answer:
        events = re.search(r'EventSource\("/(.*)"\)', answer.read().decode())[1]
    preview.after(lambda: style.write_text(style.read_text() + "p { color: red; }\n"))
    told = set()
    with urllib.request.urlopen(f"{preview.address}{events}", timeout=SECONDS) as lines:
        while not {"/book/first.html", "/book/second.html"} <= told:
            told.update(json.loads(lines.readline().removeprefix(b"data: ").strip() or "[]"))
    with urllib.request.urlopen(f"{preview.address}_static/course.css", timeout=SECONDS) as answer:
        assert answer.read().endswith(b"p { color: red; }\n")
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_template_reaches_all_pages(preview, book):
    template = book.folder / "book" / "_templates" / "layout.html"
    text = template.read_text()
    good = preview.page("second")
    seen = preview.after(lambda: template.write_text(text + "{% if %}"))
    assert "TemplateSyntaxError" in seen.printed
    assert preview.page("second") == good
    seen = preview.after(lambda: template.write_text(text + "<!-- new -->"))
    assert (seen.written, seen.executed) == (ALL, "nothing")


def test_the_exercises_as_written_reach_their_page(preview):
    source = preview.book.folder / "solutions" / "gradients" / "gradients.md"
    text = source.read_text()
    seen = preview.after(lambda: source.write_text(text + "\n+++\n\nA last word.\n"))
    assert (seen.written, seen.executed) == (["exercises/gradients"], "nothing")
    assert "A last word." in preview.page("exercises/gradients")

    page = preview.page("exercises/gradients")
    seen = preview.after(lambda: source.write_text(text.replace("### END SOLUTION", "", 1)))
    assert re.search(r"^solutions/gradients/gradients\.md:\d+: ", seen.printed, re.MULTILINE)
    assert preview.page("exercises/gradients") == page
    preview.after(lambda: source.write_text(text))


def test_what_is_served_reloads_itself_and_the_file_does_not(preview):
    with urllib.request.urlopen(preview.address, timeout=SECONDS) as answer:
        first = answer.read().decode()
    assert "url=book/first.html" in first
    with urllib.request.urlopen(f"{preview.address}book/first.html", timeout=SECONDS) as answer:
        served = answer.read().decode()
    page = preview.page("first")
    assert "EventSource" not in page
    script = re.search(r"<script>\nnew EventSource.*?</script>\n", served, re.DOTALL)[0]
    assert served.replace(script, "") == page


def test_the_checked_site_is_left_alone(preview):
    assert not (preview.book.folder / "_build" / "html").exists()


def test_what_was_imported_is_read_by_a_new_process(preview, book):
    helper = book.folder / "dl_workshop" / "optimize.py"
    seen = preview.after(lambda: helper.write_text(helper.read_text() + "# a comment\n"))
    assert "dl_workshop/optimize.py changed" in seen.printed

    extension = book.folder / "authoring" / "sphinx" / "__init__.py"
    text, page = extension.read_text(), preview.page("second")
    seen = preview.after(lambda: extension.write_text(text + "nonsense\n"), end="next save")
    assert "NameError: name 'nonsense' is not defined" in seen.printed
    assert preview.page("second") == page
    assert preview.after(lambda: extension.write_text(text)).executed == "nothing"


def test_a_new_process_with_nothing_to_do_copies_what_is_saved_later(preview, book):
    seen = preview.after((book.folder / "_config.yml").touch)
    assert "_config.yml changed" in seen.printed
    assert "Traceback" not in seen.printed
    assert (seen.written, seen.executed) == ([], "nothing")
    style = book.folder / "book" / "_static" / "course.css"
    preview.after(lambda: style.write_text(style.read_text() + "p { color: blue; }\n"))
    copied = preview.pages.parent / "_static" / "course.css"
    assert copied.read_bytes() == style.read_bytes()


def test_what_make_book_would_refuse_of_a_source_is_told_too(preview, book):
    figure = "---\nmystnb: {figure: {name: fig-x, caption: A caption}}\n---\nprint(1)"
    book.second(code=figure)
    assert "book/second.md:17: the figure of this cell has no alt" in preview.until("no alt")


def test_a_renamed_page_replaces_the_old_one(preview):
    contents = preview.book.folder / "_toc.yml"

    def rename(old, new):
        path = preview.book.folder / "book" / f"{old}.md"
        path.rename(path.with_stem(new))
        contents.write_text(contents.read_text().replace(f"book/{old}", f"book/{new}"))

    preview.after(lambda: rename("second", "third"), end="_toc.yml changed")
    preview.until("; executed ")
    assert {"first", "third"} <= set(preview.times())
    assert "second" not in preview.times()
    preview.after(lambda: rename("third", "second"), end="_toc.yml changed")
    preview.until("; executed ")


def is_group_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_control_c_ends_it_with_all_that_it_started(preview):
    """The last test: there is no preview afterwards."""
    assert preview.interrupt() == 0
    deadline = time.monotonic() + SECONDS
    while is_group_alive(preview.process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_group_alive(preview.process.pid)
    assert "Traceback" not in preview.rest()
