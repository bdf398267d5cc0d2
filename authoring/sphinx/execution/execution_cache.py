"""Make the build depend on everything that decides what a cell prints or a page shows.

Jupyter Book keys its cache on the code cells alone, so an edit to the helper package, or a new
JAX, would leave the old outputs in the book. Here every state of the environment, and of those
modules of the helper package that chapters import, has a cache of its own. And Sphinx looks only at
the pages, so that an edit to a style sheet or an extension would not reach the site. Here it makes
Sphinx write all pages again, with the outputs from the cache.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import distributions
from modulefinder import ModuleFinder
from pathlib import Path

from packaging.utils import canonicalize_name
from sphinx.application import Sphinx
from sphinx.config import Config

CELL = re.compile(r"^```\{code-cell\}.*?^```", re.DOTALL | re.MULTILINE)
IMPORT = re.compile(
    r"^ *(?:from (?P<package>dl_workshop[\w.]*) import (?P<names>\([^)]*\)|.*)"
    r"|(?:import|%load_ext) (?P<module>dl_workshop[\w.]*).*)",
    re.MULTILINE,
)


def digest_of(root: Path, *names: str) -> hashlib._Hash:
    """Hash files, and what is in folders, by name and content."""
    digest = hashlib.sha256()
    for name in names:
        for path in sorted([root / name, *(root / name).rglob("*")]):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(path.read_bytes())
    return digest


def modules_imported(root: Path) -> list[str]:
    """Return the files of the helper package that chapters import, one through another."""
    # Told to look only here, it does not follow JAX and the like.
    finder = ModuleFinder(path=[str(root)])
    for page in sorted((root / "book").glob("*.md")):
        for cell in CELL.findall(page.read_text(encoding="utf-8")):
            for statement in IMPORT.finditer(cell):
                package = statement["package"] or statement["module"]
                for name in re.findall(r"\w+", statement["names"] or "") or [""]:
                    # A name need not be a module; what cannot be imported, its cell will say.
                    with suppress(ImportError):
                        finder.import_hook(package, None, [name] if name else [])
    files = (module.__file__ for module in finder.modules.values())
    return sorted(Path(file).relative_to(root).as_posix() for file in files if file)


def cache_folder(root: Path) -> Path:
    """Return the cache for what cells import and read: helpers, what is installed, results."""
    modules = modules_imported(root)
    digest = digest_of(root, *modules, "requirements.lock", "benchmarks/results.json")
    digest.update(sys.version.encode())
    # Only what the lock names: what tests and benchmarks need besides changes no output.
    locked = set(
        re.findall(r"^([\w.-]+)==", (root / "requirements.lock").read_text(), re.MULTILINE)
    )
    # Not all of sys.path: some packages add to it when they are imported.
    installed = {
        f"{canonicalize_name(each.name)}=={each.version}"
        for each in distributions(path=[sysconfig.get_path("purelib")])
        if canonicalize_name(each.name) in locked
    }
    digest.update("\n".join(sorted(installed)).encode())
    return root / "_build" / ".jupyter_cache" / digest.hexdigest()[:16]


def keep_compiled_programs(root: Path) -> None:
    """Let JAX keep what it compiles, for the kernels and tests that this process starts.

    Most of the time of a chapter goes into compiling, and much of that is the same in the next
    chapter, and at the next execution.
    """
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(root / "_build" / ".jax_cache"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    # On a busy machine XLA logs that it compiles slowly, which says nothing about the chapter, and
    # would fail the build. What chapters warn of comes from Python. JAX, which may be imported by
    # now, has set it to 1, and kernels would inherit that.
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def choose_cache(app: Sphinx, config: Config) -> None:
    """Point MyST-NB at the cache of this environment, and name the state of the site's own sources.

    Both settings belong to Sphinx's environment, so a new value makes Sphinx read every page again
    instead of keeping the ones it pickled.
    """
    root = Path(app.srcdir)
    keep_compiled_programs(root)
    config.nb_execution_cache_path = str(cache_folder(root))
    parts = ("authoring", "book/_static", "book/_templates", "book/licenses")
    config.site_sources = digest_of(root, "_config.yml", *parts).hexdigest()


def renew_all_on_change(
    app: Sphinx, env: object, added: Iterable[str], changed: Iterable[str], removed: Iterable[str]
) -> list[str]:
    """Once anything has changed, write all pages again, and check their links.

    Sphinx rereads only the changed page, and would not see that another one still points at a
    label that is gone. Nor does it remove the figures and styles that an earlier build left.
    Reading is cheap: outputs come from the cache.
    """
    if not [*added, *changed, *removed]:
        return []
    for leftovers in ("_images", "_static"):
        shutil.rmtree(Path(app.outdir) / leftovers, ignore_errors=True)
    return sorted(app.env.found_docs)


def setup(app: Sphinx) -> dict[str, object]:
    app.add_config_value("site_sources", "", "env", [str])
    app.connect("config-inited", choose_cache)
    app.connect("env-get-outdated", renew_all_on_change)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
