"""What benchmarks share: how to time, and what to keep of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import jax
from jaxtyping import PyTree

from authoring.source import exercise_paths

ROOT = Path(__file__).parent.parent
CHAPTERS = [path.stem for path in exercise_paths(ROOT)]
RESULTS = Path(__file__).with_name("results.json")


def timed(action: Callable[[], PyTree]) -> float:
    """Return how many seconds something takes, until its result is there."""
    begun = perf_counter()
    jax.block_until_ready(action())
    return perf_counter() - begun


def spread(numbers: list[float]) -> dict[str, float]:
    """Return the median of some measurements, and the lowest and the highest."""
    return {"low": min(numbers), "median": median(numbers), "high": max(numbers)}
