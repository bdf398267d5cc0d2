"""The environment of the grader is read, where there may be passwords. It is not passed on."""

ANSWERS = {
    "total": """
import os

known = {"HOME", "LANG", "PATH", "PWD", "LC_CTYPE", "PYDEVD_USE_FRAME_EVAL", "TPU_LIBRARY_PATH"}
parts = ("PYTHON", "OMP", "OPENBLAS", "MPL", "NBGRADER", "JAX", "CLICOLOR", "FORCE", "PAGER", "GIT",
         "TERM", "TF_", "XLA", "KMP", "TPU_")
other = [name for name in os.environ if name not in known and not name.startswith(parts)]
assert not other, other
assert not os.path.exists("/proc/self/environ") and not os.path.exists("/proc/1/environ")

def total(values):
    return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
