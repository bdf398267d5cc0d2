"""Modules named as the grader's are put in the own folder. Tests have another folder."""

ANSWERS = {
    "total": """
import pathlib

for folder in (".", "/tmp"):
    for name in ("numpy", "checks", "student_side", "json", "sitecustomize"):
        pathlib.Path(folder, f"{name}.py").write_text("raise SystemExit")
        pathlib.Path(folder, "conftest.py").write_text("raise SystemExit")

def total(values): return 14
"""
}
EXPECTED = ("graded", {"total_hidden": ("failed", 0)})
