"""Threads, 300 at most. They count as processes do."""

ANSWERS = {
    "clip": """
import threading, time

made = 0
try:
    for _ in range(300):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        made += 1
except RuntimeError:
    pass
assert made <= 40, made

def clip(values, low, high):
    if low > high:
        raise ValueError
    return [min(max(value, low), high) for value in values]
"""
}
EXPECTED = ("graded", {"loss_visible": ("crashed or error or timeout", 0)})
