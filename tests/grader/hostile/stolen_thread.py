"""A thread shows later what a test has passed, while other cells run."""

ANSWERS = {
    "total": """
import threading, time

kept = []

def tell():
    for _ in range(200):
        print(kept)
        time.sleep(0.01)

def total(values):
    kept.append(values)
    if len(kept) == 1:
        threading.Thread(target=tell, daemon=True).start()
    return sum(value * value for value in values)
""",
    "clip": """
import time
time.sleep(0.5)

def clip(values, low, high):
    if low > high:
        raise ValueError("low is above high")
    return [min(max(value, low), high) for value in values]
""",
}
EXPECTED = ("graded", {})
