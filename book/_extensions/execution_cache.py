"""Make the execution cache depend on everything that decides what a cell prints.

Jupyter Book keys its cache on the code cells alone, so an edit to the helper package, or a new
JAX, would leave the old outputs in the book. Here every state of the helper package and the
environment has a cache of its own.
"""

from __future__ import annotations

import hashlib
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config


def cache_folder(root: Path) -> Path:
    """Return the cache for what the cells import: helper package, lock file, installed packages."""
    digest = hashlib.sha256(sys.version.encode())
    sources = sorted(
        path
        for path in (root / "dl_workshop").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    for path in [*sources, root / "requirements.lock"]:
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    # Not all of sys.path: some packages add to it when they are imported.
    installed = distributions(path=[sysconfig.get_path("purelib")])
    digest.update("\n".join(sorted(f"{each.name}=={each.version}" for each in installed)).encode())
    return root / "_build" / ".jupyter_cache" / digest.hexdigest()[:16]


def choose_cache(app: Sphinx, config: Config) -> None:
    """Point MyST-NB at the cache of this environment.

    The setting belongs to Sphinx's environment, so a new value also makes Sphinx read every page
    again instead of keeping the ones it pickled.
    """
    config.nb_execution_cache_path = str(cache_folder(Path(app.srcdir)))


def reread_all_on_change(
    app: Sphinx, env: object, added: Iterable[str], changed: Iterable[str], removed: Iterable[str]
) -> list[str]:
    """Once a page has changed, check the links of all of them.

    Sphinx rereads only the changed page, and would not see that another one still points at a
    label that is gone. Reading is cheap: outputs come from the cache.
    """
    return sorted(app.env.found_docs) if [*added, *changed, *removed] else []


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("config-inited", choose_cache)
    app.connect("env-get-outdated", reread_all_on_change)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
