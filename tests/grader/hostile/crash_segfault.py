"""A segmentation fault, in a call. What came before stays, and what comes after is graded."""

ANSWERS = {"clip": "import ctypes\ndef clip(*a): return ctypes.string_at(0)"}


def check(result):
    assert any("SIGSEGV" in test.message for test in result.tests)


EXPECTED = ("graded", {"clip_visible": ("crashed", 0), "clip_hidden": ("crashed", 0)})
