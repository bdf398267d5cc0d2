"""All open files are closed, the connection to the grader as well."""

ANSWERS = {"total": "import os\nos.closerange(0, 256)\ndef total(values): return 14"}
EXPECTED = ("graded", {"total_visible": ("crashed", 0), "total_hidden": ("crashed", 0)})
