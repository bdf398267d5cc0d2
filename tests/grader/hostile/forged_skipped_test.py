"""SkipTest, which a test that uses unittest would count as no failure."""

ANSWERS = {"total": "import unittest\ndef total(values): raise unittest.SkipTest('not today')"}


def check(result):
    assert all("SkipTest" not in test.message.partition(":")[0] for test in result.tests)


EXPECTED = ("graded", {"total_visible": ("error", 0), "total_hidden": ("error", 0)})
