"""The cache of executed chapters: what empties it, and what does not."""

import os
import shutil

import pytest

from authoring.source import ROOT
from authoring.sphinx.execution.execution_cache import (
    cache_folder,
    keep_compiled_programs,
    modules_imported,
)


@pytest.fixture
def course(tmp_path):
    """A copy of what chapters are made of."""
    for folder in ("book", "dl_workshop", "grader"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "benchmarks").mkdir()
    for file in ("requirements.lock", "benchmarks/results.json"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def add_comment(path):
    path.write_text(path.read_text(encoding="utf-8") + "\n# A comment.\n", encoding="utf-8")


@pytest.mark.parametrize("path", ["grader/sealed_grader/cli.py", "grader/sealed_grader/model.py",
                                  "dl_workshop/checks.py", "dl_workshop/hints.py"])  # fmt: skip
def test_a_comment_that_no_chapter_imports_executes_nothing(course, path):
    before = cache_folder(course)
    add_comment(course / path)
    assert cache_folder(course) == before


@pytest.mark.parametrize("path", ["dl_workshop/plotting.py", "dl_workshop/optimize.py",
                                  "dl_workshop/_arguments.py", "dl_workshop/__init__.py",
                                  "requirements.lock", "benchmarks/results.json"])  # fmt: skip
def test_what_chapters_import_or_read_executes_them_again(course, path):
    before = cache_folder(course)
    add_comment(course / path)
    assert cache_folder(course) != before


def test_all_ways_to_import_are_followed(tmp_path):
    (tmp_path / "dl_workshop").mkdir()
    for name in ("__init__", "a", "b", "c", "d", "e", "unused"):
        (tmp_path / f"dl_workshop/{name}.py").write_text("")
    (tmp_path / "dl_workshop/d.py").write_text("def late():\n    from dl_workshop import e")
    (tmp_path / "book").mkdir()
    (tmp_path / "book/page.md").write_text(
        "Not `import dl_workshop.unused`.\n\n```{code-cell} ipython3\n:tags: [hide-input]\n"
        "%load_ext dl_workshop.a\nimport dl_workshop.b as b\nfrom dl_workshop import (\n    c,\n)\n"
        "try:\n    from dl_workshop.d import late, nosuch\nexcept ImportError:\n    pass\n```\n"
    )
    assert modules_imported(tmp_path) == [
        f"dl_workshop/{name}.py" for name in ("__init__", "a", "b", "c", "d", "e")
    ]


def test_kernels_are_not_told_what_jax_logs_even_where_it_is_imported_already(
    tmp_path, monkeypatch
):
    for name in ("JAX_COMPILATION_CACHE_DIR", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"):
        monkeypatch.setenv(name, "as it is")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "1")
    keep_compiled_programs(tmp_path)
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"
