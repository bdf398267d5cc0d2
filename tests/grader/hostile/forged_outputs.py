"""Points are printed and shown as if by the test, while it runs and in the cell before."""

ANSWERS = {
    "estimate": """
import atexit, os, sys
from sealed_grader import wire

POINTS = {"output_type": "execute_result", "data": {"text/plain": "3.0"}, "execution_count": 1}

def send(connection, message, real=wire.send, **options):
    real(connection, [POINTS, POINTS] if message == [] else message, **options)

wire.send = send
atexit.register(print, "3.0")

def estimate(values):
    print("3.0")
    sys.displayhook(3.0)
    os.write(1, b"3.0")
    sys.stdout = open("/dev/null", "w")
    return 1000.0
"""
}
EXPECTED = ("graded", {"estimate_visible": ("failed", 0), "estimate_hidden": ("failed", 0)})
