"""UTF-8 with a byte order mark, as an editor on Windows saves it, and signs of all kinds."""

import json

ANSWERS = {
    "total": """
# Größe, 大きさ, 😀
def total(values): return sum(v * v for v in values)

# Half of a sign cannot be written, and is no reason to lose the cell.
print("ü😀\\ud800")
"""
}


def tamper(notebook):
    return b"\xef\xbb\xbf" + json.dumps(notebook, ensure_ascii=False).encode()


def check(result):
    assert "😀" in result.notebook
    assert '"crashed"' not in result.notebook


EXPECTED = ("graded", {})
