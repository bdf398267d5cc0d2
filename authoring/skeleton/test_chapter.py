"""The numbers of the chapter NAME, as its cells computed them."""

import pytest


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("NAME")


def test_the_smallest_example(chapter):
    assert chapter.value("grad(square)(3.0)") == 6.0


def test_practice(chapter):
    assert chapter.value("grad(lambda x: x**3)(2.0)") == 12.0
