"""The numbers of the chapter on the goldfield, as its cells computed them."""

import numpy as np
import pytest
from pytest import approx


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("goldfield")


def test_heights(chapter):
    heights = chapter.value("goldfield(1.0, 1.0), goldfield(0.0, 0.0), goldfield(1.0, -1.0)")
    assert heights == (1.0, 2.0, 9.0)


def test_gradient_of_the_answer_and_of_the_package(chapter):
    assert chapter.value("grad_ex_1()(3.0, 4.0)") == (-4.0, 244.0)
    assert chapter.value("dgoldfield(3.0, 4.0)") == (-4.0, 244.0)


def test_two_minima_and_a_saddle(chapter):
    line = 'print(place, "height", height(place), "curvatures", curvatures)'
    rows = np.reshape(chapter.numbers(line), (3, 5))
    x, y, height, least, greatest = rows.T
    np.testing.assert_array_equal(np.c_[x, y, height], [[1, 1, 1], [-1, -1, 1], [0, 0, 2]])
    mean, root = np.array([8, 8, 2]), np.sqrt([32, 32, 20])
    np.testing.assert_allclose(least, mean - root, rtol=1e-5)
    np.testing.assert_allclose(greatest, mean + root, rtol=1e-5)


def test_walks_end_at_gold(chapter):
    first = chapter.value("jax_idioms.grad_ex_2(x=0.1, y=0.1, dgoldfield=dgoldfield)")
    second = chapter.value("jax_idioms.grad_ex_2(x=0.1, y=-0.1, dgoldfield=dgoldfield)")
    assert first == (approx(0.995, abs=5e-4), approx(0.998, abs=5e-4))
    assert second == (approx(-0.980, abs=5e-4), approx(-0.992, abs=5e-4))
    assert chapter.value("grad_ex_2(0.1, 0.1, dgoldfield)") == first
    np.testing.assert_allclose(chapter.value("end"), first, rtol=1e-5)
    np.testing.assert_allclose(chapter.value("descent.end"), first, rtol=1e-5)


def test_a_start_on_the_saddle_never_moves(chapter):
    assert chapter.value("gradient_descent(height, (0.0, 0.0)).end") == (0.0, 0.0)


def test_near_the_saddle_each_tenth_costs_94_steps(chapter):
    line = 'print(f"start ({nudge:.4f}, {nudge:.4f}): {jnp.argmax(arrived)} steps")'
    steps = np.reshape(chapter.numbers(line), (4, 3))[:, 2]
    np.testing.assert_allclose(np.diff(steps), 94, atol=1)


def test_learning_rates(chapter):
    line = 'print(f"learning rate {rate}: {ending}")'
    small, right, large, diverging = chapter.text(line).strip().splitlines()
    assert small == "learning rate 0.001: ends at (0.154, 0.236)"
    assert right == "learning rate 0.05: ends at (1.000, 1.000)"
    assert large.startswith("learning rate 0.2: ends at")
    assert "(1.0" not in large
    assert diverging == "learning rate 0.25: diverged at step 16"
    assert chapter.value("2 / steepest") == approx(0.146, abs=5e-4)


def test_the_right_range_arrives_and_the_large_rate_jumps_between_two_points():
    from dl_workshop.jax_idioms import goldfield
    from dl_workshop.optimize import gradient_descent

    for rate in (0.01, 0.05, 0.1):
        end = gradient_descent(lambda p: goldfield(*p), (0.1, 0.1), rate).end
        np.testing.assert_allclose(end, (1, 1), atol=0.01)
    path = np.transpose(gradient_descent(lambda p: goldfield(*p), (0.1, 0.1), 0.2).path)
    np.testing.assert_allclose(path[-1], path[-3], atol=1e-3)
    assert np.linalg.norm(path[-1] - path[-2]) > 0.5


def test_the_answers_to_what_readers_find_when_they_play(chapter):
    from dl_workshop.jax_idioms import goldfield
    from dl_workshop.optimize import gradient_descent

    def walk(start, rate):
        descent = gradient_descent(lambda p: goldfield(*p), start, rate, raise_on_divergence=False)
        return np.transpose(descent.path), descent.diverged_at

    np.testing.assert_allclose(walk((-1.5, 1.6), 0.01)[0][-1], (1, 1), atol=0.01)
    path, _ = walk((-1.5, 1.6), 0.1)
    np.testing.assert_allclose(path[1], (-0.26, -0.64), atol=0.005)
    np.testing.assert_allclose(path[-1], (-1, -1), atol=0.01)
    for rate, at_rest in ((0.12, True), (0.14, True), (0.15, False), (0.16, False)):
        path, diverged_at = walk((0.1, 0.1), rate)
        assert diverged_at == -1
        assert (np.linalg.norm(path[-1] - path[-2]) < 1e-3) == at_rest
    line = 'print("0.12 diverged at step", hasty_walk.diverged_at)'
    careful, hasty, diverged = chapter.text(line).strip().splitlines()
    assert careful == "0.01 ends at [-1. -1.]"
    assert hasty.startswith("0.12: y is [-2.    2.56 ")
    assert diverged == "0.12 diverged at step 5"


def test_basins(chapter, run):
    assert chapter.value("careful.shape") == (301, 301)
    variables, _ = run("goldfield")
    careful, hasty = np.asarray(variables["careful"]), np.asarray(variables["hasty"])
    assert careful.size == 90_601
    # The field is the same turned by half a circle, and so are the basins.
    np.testing.assert_array_equal(careful[::-1, ::-1] == -1, careful == 1)
    corner = np.asarray(variables["side"]) > 0.5
    assert (careful[np.ix_(corner, corner)] == 1).all()
    assert 1 <= (careful == 0).sum() < 20
    assert not (careful == 2).any()
    assert (hasty == 2).sum() == approx(1892, rel=0.05)
    assert (hasty[0, 0], hasty[-1, -1], hasty[0, -1]) == (-1, 1, 2)


def test_the_robot_on_one_axis_ends_at_x_equals_y(chapter):
    x, height = chapter.value("x, goldfield(x, 1.2)")
    assert x == approx(1.2, abs=1e-4)
    assert height == approx(1.194, abs=5e-4)
    x, height = chapter.value("x, goldfield(x, 1.0)")
    assert x == approx(1.0, abs=1e-4)
    assert height == approx(1.0, abs=1e-6)


def test_completed_square():
    from dl_workshop.jax_idioms import goldfield

    x, y = np.random.default_rng(0).uniform(-2, 2, (2, 100))
    np.testing.assert_allclose(goldfield(x, y), 2 * (x - y) ** 2 + (y**2 - 1) ** 2 + 1)


def test_practice(chapter):
    end = chapter.value("gradient_descent(along_y, 1.0, learning_rate=0.01).end")
    assert end == approx(2.0, abs=1e-4)
    line = 'print(f"{counts.min()} steps with rates {best[0]:.3f} to {best[-1]:.3f}")'
    _, lowest, highest = chapter.numbers(line)
    assert lowest - 0.001 <= 2 / 16 <= highest + 0.001
    minima = chapter.value("minima")
    himmelblau = [[-3.779310, -3.283186], [-2.805118, 3.131312], [3, 2], [3.584428, -1.848126]]
    np.testing.assert_allclose(minima, himmelblau, atol=0.01)
    assert sorted(chapter.value("steepest(minima)") > 100) == [False, False, True, True]
