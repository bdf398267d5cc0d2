"""Where submissions are graded: in threads here, or on the workers of a Dask cluster.

Both are an `Executor` of `concurrent.futures`, and both run the same function. It needs no course,
gradebook or shared folder: all that it depends on comes with it.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

from sealed_grader.errors import ClusterError
from sealed_grader.model import Assignment, Limits, Result
from sealed_grader.outside.grader import Grader

_graders: dict[tuple[str, Limits, bool], Grader] = {}
_lock = threading.Lock()


def grade_one(
    assignment: Assignment, limits: Limits, sandboxed: bool, name: str, submission: bytes
) -> Result:
    """Grade a notebook with this process's grader, which is started at the first.

    If the grader itself fails, a new one tries once more.

    Args:
        assignment: what is graded against.
        limits: what the submission may use.
        sandboxed: whether there are walls.
        name: which notebook of the assignment it is.
        submission: the bytes of the file.

    Raises:
        RefusedError: a test does not pass with the source's own solution.
        SandboxError: there cannot be walls here.
    """
    grader = grader_for(assignment, limits, sandboxed)
    result = grader.grade(name, submission)
    if result.verdict == "grader's fault":
        _forget(grader)
        result = grader_for(assignment, limits, sandboxed).grade(name, submission)
    return result


def grader_for(assignment: Assignment, limits: Limits, sandboxed: bool) -> Grader:
    """Return this process's grader for an assignment; there is one at a time for each."""
    key = assignment.digest, limits, sandboxed
    with _lock:
        if key not in _graders:
            _graders[key] = Grader(assignment, limits, sandboxed=sandboxed)
        return _graders[key]


def _forget(grader: Grader) -> None:
    with _lock:
        for key in [key for key, known in _graders.items() if known is grader]:
            del _graders[key]
            grader.close()


@atexit.register
def close_all() -> None:
    """End all graders of this process."""
    with _lock:
        while _graders:
            _graders.popitem()[1].close()


@contextlib.contextmanager
def open_executor(kind: str, *, jobs: int, scheduler: str | None) -> Iterator[Executor]:
    """Open what submissions are sent to.

    Args:
        kind: "local" or "dask".
        jobs: how many submissions run at a time here; a cluster has its own number.
        scheduler: the address of the cluster's scheduler, such as "tcp://127.0.0.1:8786".

    Raises:
        ClusterError: there is no cluster.
    """
    if kind == "local":
        # A thread only waits for the processes that do the work.
        pool = ThreadPoolExecutor(jobs)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
            close_all()
        return
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(
            "Grading on a Dask cluster needs an extra: pip install 'sealed-grader[dask]'"
        ) from None
    try:
        client = Client(scheduler, set_as_default=False, timeout="5s")
    except (OSError, ValueError) as error:
        raise ClusterError(f"No Dask cluster answers at {scheduler}: {error}") from error
    with client:
        try:
            yield client.get_executor(pure=False)
        finally:
            with contextlib.suppress(Exception):
                client.run(close_all)
