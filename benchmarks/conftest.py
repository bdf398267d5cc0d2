"""Races: what is compared runs in turns, in one run on the same work, and the ratios are kept."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from importlib.metadata import version
from operator import truediv
from statistics import median

import jax
import pytest
from jaxtyping import PyTree
from racing import RESULTS, spread, timed

PACKAGES = ("jax", "jaxlib", "numpy", "scikit-learn", "statsmodels", "nbgrader", "jupyter-book")

# What a fit costs to compile must not depend on what an earlier run kept.
jax.config.update("jax_enable_compilation_cache", False)


@pytest.fixture
def note(benchmark):
    """A function that keeps what came out, for the table."""

    def note(
        title: str,
        results: list[float],
        *,
        rival: str | None = None,
        unit: str = "×",
        at_least: float | None = None,
        at_most: float | None = None,
        **others: object,
    ) -> None:
        """Note results.

        Args:
            title: what was measured, as the table says it.
            results: what each round came to.
            rival: what that compares with.
            unit: of the results.
            at_least: what their median should reach.
            at_most: what it should not exceed.
            others: what else is worth keeping.
        """
        if benchmark.stats is None:
            # It was timed elsewhere; what did not run here would not be reported.
            benchmark.pedantic(lambda: None)
        benchmark.extra_info.update(
            title=title,
            rival=rival,
            result=spread(results),
            rounds=len(results),
            unit=unit,
            at_least=at_least,
            at_most=at_most,
            **others,
        )

    return note


@pytest.fixture
def race(benchmark, note):
    """A function that runs something and its rivals in turns, and keeps how they compare.

    What the contenders return is awaited, since JAX returns before it has computed.
    """

    def race(
        ours: Callable[[], PyTree],
        rivals: Mapping[str, Callable[[], PyTree]],
        *,
        rounds: int = 5,
        cold: bool = False,
        warm_up: bool = True,
        compare: Callable[[float, float], float] = truediv,
        **noted: object,
    ) -> None:
        """Race, and note the result.

        Args:
            ours: the contender of the course.
            rivals: what it is measured against, by name.
            rounds: how often each runs.
            cold: forget before each run what is compiled.
            warm_up: run ours once before it is timed, unless it is `cold`.
            compare: what to make of the seconds of the fastest rival and of ours; without rivals
                the seconds of ours are the result.
            noted: further arguments of `note`.
        """
        seconds = {name: [] for name in rivals}

        def run_rivals() -> None:
            for name, rival in rivals.items():
                if cold:
                    jax.clear_caches()
                seconds[name].append(timed(rival))
            if cold:
                jax.clear_caches()
            elif warm_up:
                jax.block_until_ready(ours())

        benchmark.pedantic(lambda: jax.block_until_ready(ours()), setup=run_rivals, rounds=rounds)
        own = benchmark.stats.stats.data
        fastest = min(rivals, key=lambda name: median(seconds[name]), default=None)
        results = list(map(compare, seconds[fastest], own)) if fastest else own
        took = {"ours": spread(own)} | {name: spread(each) for name, each in seconds.items()}
        note(results=results, rival=fastest, seconds=took, **noted)

    return race


def pytest_benchmark_update_machine_info(config, machine_info):
    """Say what the numbers depend on, and leave out what identifies a machine."""
    cpu = machine_info["cpu"].get("brand_raw", machine_info["machine"])
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system, python = machine_info["system"], machine_info["python_version"]
    machine_info.clear()
    machine_info.update(
        cpu=cpu, processors=os.cpu_count(), memory_gib=round(memory), system=system, python=python
    )
    machine_info.update({package: version(package) for package in PACKAGES})


def pytest_benchmark_update_json(config, benchmarks, output_json):
    """Put what was measured into RESULTS, beside what was measured before on the same machine.

    pytest-benchmark's own file has far more in it, and is emptied when the run begins.
    """
    machine = output_json["machine_info"]
    new = {each["name"]: {"group": each["group"], "date": output_json["datetime"][:10]}
           | each["extra_info"] for each in output_json["benchmarks"]}  # fmt: skip
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept = before["benchmarks"] if before.get("machine") == machine else {}
    results = {"machine": machine, "benchmarks": dict(sorted((kept | new).items()))}
    unfinished = RESULTS.with_suffix(".tmp")
    unfinished.write_text(json.dumps(results, indent=1) + "\n")
    unfinished.replace(RESULTS)
