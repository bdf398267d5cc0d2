"""Write the card with which each chapter opens, from its front matter: `make cards`.

The card is part of the page itself, since readers open pages in plain JupyterLab too, which shows
no front matter. The build refuses one that is out of date.
"""

from __future__ import annotations

import re
from pathlib import Path

from authoring.pages import SourceError
from authoring.source import ROOT, read_chapters

CARD = re.compile(r"^:::\{admonition\} In this chapter\n.*?^:::$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"^# .*\n", re.MULTILINE)


def with_card(text: str, card: str) -> str:
    """Return the text of a page with this card in place of its own, or else below its title."""
    if CARD.search(text):
        return CARD.sub(lambda _: card, text, count=1)
    return TITLE.sub(lambda title: f"{title[0]}\n{card}\n", text, count=1)


def write_cards(root: Path) -> list[Path]:
    """Bring the cards of all chapters up to date, and return the pages that have changed.

    Raises:
        SourceError: the front matter of a chapter is wrong; nothing was written.
    """
    changed = []
    for chapter in read_chapters(root).values():
        page = root / "book" / f"{chapter.name}.md"
        text = page.read_text(encoding="utf-8")
        if (new := with_card(text, chapter.card)) != text:
            page.write_text(new, encoding="utf-8")
            changed.append(page)
    return changed


def main() -> None:
    try:
        changed = write_cards(ROOT)
    except SourceError as error:
        raise SystemExit(str(error)) from error
    print("\n".join(str(page.relative_to(ROOT)) for page in changed) or "All cards are up to date.")


if __name__ == "__main__":
    main()
