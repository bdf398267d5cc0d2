"""The function raises SystemExit, which might end the test in silence."""

ANSWERS = {"total": "import sys\ndef total(values): sys.exit(0)"}
EXPECTED = ("graded", {"total_visible": ("error", 0), "total_hidden": ("error", 0)})
