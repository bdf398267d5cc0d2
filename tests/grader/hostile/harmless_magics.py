"""Magics of one line and of a whole cell, before and around the answer."""

ANSWERS = {
    "total": """%%time
def total(values):
    return sum(value * value for value in values)
""",
    "clip": """
%timeit -n1 -r1 total([1, 2])
%precision 3
%env KEY=value
%pwd

def clip(values, low, high):
    if low > high:
        raise ValueError
    return [min(max(value, low), high) for value in values]
""",
    "estimate": """%%capture shown
print("kept")
def estimate(values): return float(np.median(values))
""",
}


def check(result):
    assert '"error"' not in result.notebook


EXPECTED = ("graded", {})
