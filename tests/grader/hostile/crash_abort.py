"""abort() in the cell itself."""

ANSWERS = {"estimate": "import os\nos.abort()"}
EXPECTED = ("graded", {"estimate_visible": ("crashed", 0), "estimate_hidden": ("crashed", 0)})
