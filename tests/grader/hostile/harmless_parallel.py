"""Threads and processes that work together and end."""

ANSWERS = {
    "total": """
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
import multiprocessing

def square(value): return value * value

def total(values):
    with ThreadPoolExecutor(4) as executor:
        return sum(executor.map(square, values))

with ThreadPool(2) as pool:
    assert pool.map(square, [1, 2]) == [1, 4]
reader, writer = multiprocessing.Pipe()
child = multiprocessing.get_context("fork").Process(target=lambda: writer.send(square(3)))
child.start()
assert reader.recv() == 9
child.join()
"""
}


def check(result):
    assert '"error"' not in result.notebook


EXPECTED = ("graded", {})
