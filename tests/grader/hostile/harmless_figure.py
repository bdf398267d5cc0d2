"""A figure is drawn, by the magic as in old notebooks."""

ANSWERS = {
    "total": """
%matplotlib inline
import matplotlib.pyplot as plt

def total(values): return sum(value * value for value in values)

fig, ax = plt.subplots(figsize=(3, 2))
ax.plot([total([n]) for n in range(9)])
plt.show()
"""
}


def check(result):
    assert "image/png" in result.notebook
    assert '"error"' not in result.notebook


EXPECTED = ("graded", {})
