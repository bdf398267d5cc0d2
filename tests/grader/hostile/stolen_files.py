"""Sources, gradebook, other submissions and the home folder are looked for. None of it is there."""

ANSWERS = {
    "total": """
import os, sys
import dl_workshop

public = ("/usr", "/proc", "/sys", sys.prefix, sys.base_prefix, *dl_workshop.__path__)
found = []
for folder, folders, files in os.walk("/"):
    if folder.startswith(public):
        folders.clear()
        continue
    found += [f"{folder}/{name}" for name in files if name.endswith((".ipynb", ".db", ".md"))
              or name in ("nbgrader_config.py", "passwd", "shadow", ".bashrc", "id_rsa")]
assert not found, found

def total(values):
    return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
