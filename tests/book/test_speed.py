"""The page on speed: it shows the last run of the benchmarks, and what it explains is so."""

import json
import re

import jax
import jax.numpy as jnp
import pytest
from bench_vmap import by_descent, by_descent_to_the_end
from conftest import ROOT
from pytest import approx

RESULTS = json.loads((ROOT / "benchmarks" / "results.json").read_text())["benchmarks"]


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("speed")


def middle(group, *words):
    """The median of the one result of a group whose title has these words."""
    found = [r for r in RESULTS.values()
             if r["group"] == group and all(word in r["title"] for word in words)]  # fmt: skip
    assert len(found) == 1, [r["title"] for r in found]
    return found[0]["result"]["median"]


def markdown(cell):
    return "".join(output.data.get("text/markdown", "") for output in cell.outputs
                   if output.output_type == "execute_result")  # fmt: skip


def test_every_result_is_shown_with_its_target(chapter):
    tables = "\n".join(map(markdown, chapter.cells))
    shown = [r for r in RESULTS.values() if r["group"] != "scaling"]
    assert {r["group"] for r in shown} == {"fits", "vmap", "logistic", "student", "book", "grading"}
    for result in shown:
        [row] = [line for line in tables.splitlines() if line.startswith(f"| {result['title']} |")]
        target = row.split("|")[4]
        missed = (
            result["at_least"] is not None and result["result"]["median"] < result["at_least"]
        ) or (result["at_most"] is not None and result["result"]["median"] > result["at_most"])
        assert ("missed" in target) == missed
        assert bool(target.strip()) == bool(result["at_least"] or result["at_most"])


def test_a_median_lies_between_the_lowest_and_the_highest():
    for result in RESULTS.values():
        spread = result["result"]
        assert spread["low"] <= spread["median"] <= spread["high"]


def test_a_compiled_loop_gains_thousands_and_a_busy_one_little():
    for name in ("exponential", "gamma", "normal"):
        assert middle("fits", name, "warm") > 1000
        assert middle("fits", name, "warm") > 10 * middle("fits", name, "cold")
    assert middle("fits", "logistic", "warm") < 5


def test_mapping_gains_most_where_a_fit_has_least_to_do():
    means = middle("vmap", "descent on two means")
    samples = middle("vmap", "descent: 1,000")
    with_loss = middle("vmap", "with the loss", "1,000 samples of 1,000")
    newton = middle("vmap", "Newton")
    assert means > max(samples, with_loss, newton)
    assert min(samples, with_loss, newton) > 2
    assert middle("vmap", "with the loss", "samples of 100,000") < 1.2


def test_scaling_is_as_the_figure_is_described():
    rows = [r for r in RESULTS.values() if r["group"] == "scaling"]
    for row in rows:
        ours, theirs = (row["seconds"][name]["median"] for name in ("ours", row["rival"]))
        assert row["floor"] < ours < 1.1 * theirs

    def seconds(row):
        return row["seconds"]["ours"]["median"]

    def above_floor(row):
        return seconds(row) / row["floor"]

    by_cases = sorted((r for r in rows if r["p"] == 2), key=lambda r: r["n"])
    by_predictors = sorted((r for r in rows if r["n"] == 100_000), key=lambda r: r["p"])
    assert seconds(by_cases[1]) < 2 * seconds(by_cases[0])
    along = list(map(above_floor, by_cases[2:]))
    assert max(along) < 3 * min(along)
    assert above_floor(by_predictors[-1]) > 10
    assert by_predictors[-1]["result"]["median"] == approx(1, abs=0.3)


def on_all_numbers(fit):
    """The operations on all 1,000 numbers in each step of a descent, as XLA compiled it."""
    program = jax.jit(fit).lower(jnp.ones(1000)).compile().as_text()
    computations = {part.split(" (")[0]: part for part in program.split("\n%")}
    [loop] = set(re.findall(r"body=%([\w.\-]+)", program))
    called = re.findall(r"calls=%([\w.\-]+)", computations[loop])
    lines = "\n".join(computations[name] for name in (loop, *called))
    return set(re.findall(r"= f32\[1000\]\S* ([\w\-]+)\(", lines))


def test_the_start_is_most_of_grading_a_class_of_ten():
    ten, thousand = (middle("grading", f"goldfield, {n} submissions") for n in ("10", "1,000"))
    start = 10 * (ten - thousand)
    assert start > 10 * ten / 2
    assert start < 1000 * thousand / 20


def test_without_the_loss_xla_takes_the_logarithms_out_of_the_loop():
    with_loss, without = map(on_all_numbers, (by_descent, by_descent_to_the_end))
    assert without < with_loss
    assert "subtract" in with_loss
    assert "multiply" in without
    assert not {"log", "add", "subtract"} & without
