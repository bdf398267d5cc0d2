"""The process ends with exit code 0, as if all was well. It is missed when a test asks for it."""

ANSWERS = {"total": "import os\nos._exit(0)"}
EXPECTED = ("graded", {"total_visible": ("crashed", 0), "total_hidden": ("crashed", 0)})
