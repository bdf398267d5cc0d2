"""Much is printed, but not too much."""

ANSWERS = {
    "total": """
for number in range(500):
    print("line", number)

def total(values):
    for value in range(10_000):
        print(value)
    return sum(value * value for value in values)
"""
}


def check(result):
    assert "line 499" in result.notebook


EXPECTED = ("graded", {})
