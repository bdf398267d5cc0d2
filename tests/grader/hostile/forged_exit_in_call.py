"""The process ends with exit code 0 while a test waits. The test does not end with it."""

ANSWERS = {"total": "import os\ndef total(values): os._exit(0)"}
EXPECTED = ("graded", {"total_visible": ("crashed", 0), "total_hidden": ("crashed", 0)})
