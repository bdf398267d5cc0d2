"""Processes that would outlive the run: in a new session, as a daemon, deaf to signals."""

ANSWERS = {
    "total": """
import os, signal, subprocess, time

subprocess.Popen(["sleep", "77777"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        os.closerange(0, 256)
        time.sleep(77777)
    os._exit(0)

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
