"""Signals are ignored, and an alarm raises again and again, also within the grader's own code."""

ANSWERS = {
    "loss": """
import signal, time

for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass

def ring(*_):
    raise KeyboardInterrupt

def loss(w):
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.001)
    time.sleep(60)
"""
}
EXPECTED = (
    "graded",
    {"loss_visible": ("error or crashed", 0), "loss_hidden": ("error or crashed", 0)},
)
