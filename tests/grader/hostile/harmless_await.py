"""await at the outermost level, and coroutines behind a function."""

ANSWERS = {
    "total": """
import asyncio

async def square(value):
    await asyncio.sleep(0)
    return value * value

print(await square(3))
nine = await asyncio.gather(square(1), square(2))

def total(values):
    return sum(value * value for value in values)
"""
}


def check(result):
    assert '"error"' not in result.notebook


EXPECTED = ("graded", {})
