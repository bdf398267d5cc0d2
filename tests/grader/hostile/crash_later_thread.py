"""A thread ends the process while a test waits."""

ANSWERS = {
    "loss": """
import os, threading, time

def loss(w):
    threading.Timer(0.1, os._exit, [0]).start()
    time.sleep(1)
    return (w - 3.0) ** 2
"""
}
EXPECTED = ("graded", {"loss_visible": ("crashed", 0), "loss_hidden": ("crashed", 0)})
