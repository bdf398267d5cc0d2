"""Execute the chapters that need it side by side, before the build reads them.

Jupyter Book executes one chapter after another. Here all of those whose outputs are not in the
cache are executed at once, as many as there are processors, and put there; the build then finds
them. A chapter that fails is not kept, so that the build itself executes it again and reports it.

Each kernel takes up to a gigabyte of memory. Where there is too little, the environment variable
`BOOK_JOBS` says how many chapters to execute at a time, as in `BOOK_JOBS=1 make book`.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util import logging

logger = logging.getLogger(__name__)


def job_count() -> int:
    """Return how many chapters to execute at a time."""
    chosen = os.environ.get("BOOK_JOBS")
    if chosen is None:
        return os.cpu_count() or 1
    if not chosen.isdecimal() or int(chosen) < 1:
        raise ConfigError(f"BOOK_JOBS should be a positive integer, not {chosen!r}")
    return int(chosen)


def amount_of_code(notebook: NotebookNode) -> int:
    """Return how many characters of code there are, by which chapters are put in order."""
    return sum(len(cell.source) for cell in notebook.cells if cell.cell_type == "code")


def take_seconds(notebook: NotebookNode) -> float:
    """Return how long the cells ran, without the start of the kernel.

    The moments are taken out of the cells' metadata, which the cache compares.
    """
    seconds = 0.0
    for cell in notebook.cells:
        moments = cell.metadata.pop("execution", None)
        if moments:
            begin, end = (datetime.fromisoformat(moments[f"iopub.status.{state}"])
                          for state in ("busy", "idle"))  # fmt: skip
            seconds += (end - begin).total_seconds()
    return seconds


def fill_cache(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute what the cache does not hold, if that is more than one chapter."""
    cache = get_cache(app.config.nb_execution_cache_path)
    missing = {}
    for name in docnames:
        path = Path(env.doc2path(name))
        text = path.read_text(encoding="utf-8")
        reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
        if reader is None:
            continue  # a page without cells
        notebook = reader.read(text)
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            missing[path] = notebook

    def execute(path: Path) -> ExecutionResult:
        logger.info(f"{path}: Executing notebook side by side with others")
        return single_nb_execution(
            missing[path],
            cwd=str(path.parent),
            timeout=app.config.nb_execution_timeout,
            allow_errors=False,
            record_timing=True,
        )

    if len(missing) > 1:
        # A long chapter that began last would run alone in the end. How long each takes is not
        # known yet; those with much code take longest.
        order = sorted(missing, key=lambda path: amount_of_code(missing[path]), reverse=True)
        begin = time.perf_counter()
        with ThreadPoolExecutor(job_count()) as pool:
            for path, result in zip(order, pool.map(execute, order), strict=True):
                if result.err is None:
                    seconds = {"execution_seconds": take_seconds(result.nb)}
                    bundle = CacheBundleIn(result.nb, str(path), data=seconds)
                    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        logger.info(f"Executed {len(order)} chapters in {time.perf_counter() - begin:.1f} s")
    cache.db.dispose()


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("env-before-read-docs", fill_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
