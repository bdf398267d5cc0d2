"""Tags that ask for other things: to run in the student's process, to hide, to raise."""


def tamper(notebook):
    for cell in notebook.cells:
        cell.metadata["tags"] = ["run-inside", "remove-cell", "raises-exception"]
    return notebook


ANSWERS = {
    "total": """
from IPython.core.interactiveshell import InteractiveShell
get_ipython().set_custom_exc((AssertionError,), lambda *a, **k: None)

def total(values): return 0
"""
}


def check(result):
    assert not any(test.inside for test in result.tests)


EXPECTED = ("repaired", {"total_visible": ("failed", 0), "total_hidden": ("failed", 0)})
