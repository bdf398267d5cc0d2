"""The door between the sides is patched on the student's side."""

ANSWERS = {
    "loss": """
from dl_workshop import student_side
get_ipython().call_student = lambda *a: -4.0
student_side.on_student_side = lambda *a: -4.0
checks.on_student_side = lambda *a: -4.0

def loss(w): return 0.0 * w
"""
}
EXPECTED = ("graded", {"loss_visible": ("failed", 0), "loss_hidden": ("failed", 0)})
