"""Ask axe what on an open page breaks the guidelines for accessible content."""

from importlib.resources import files

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# Code comes in thousands of pieces; of those that look alike, axe needs to see one. Of a formula
# it looks at the outermost element only.
MERGE = """() => {
  const seen = new Set();
  for (const piece of document.querySelectorAll("pre span:not(:has(*)), dt span:not(:has(*))")) {
    let look = "";
    for (let e = piece; e !== document.body; e = e.parentElement) look += e.className + "/";
    if (seen.has(look)) piece.replaceWith(...piece.childNodes);
    seen.add(look);
  }
  document.querySelectorAll("mjx-container svg *, math *").forEach(part => part.remove());
}"""

# The first of all elements with text that have the same colours, those below them included.
DISTINCT = """() => {
  const looks = new Map([[document.documentElement.parentNode, ""]]);
  const look = (element) => {
    if (!looks.has(element)) {
      const { color, backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
      const own = [color, backgroundColor, backgroundImage, opacity].join(" ");
      looks.set(element, look(element.parentNode) + "/" + own);
    }
    return looks.get(element);
  };
  const first = new Map();
  const speaks = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim();
  for (const element of document.body.querySelectorAll("*")) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (!element.matches("input, select, textarea, a")
        && ![...element.childNodes].some(speaks)) continue;
    const { fontSize, fontWeight } = getComputedStyle(element);
    const key = [element.tagName, fontSize, fontWeight, look(element)].join(" ");
    if (!first.has(key)) first.set(key, element);
  }
  return [...first.values()];
}"""

COLOUR_RULES = ["color-contrast", "link-in-text-block"]
# What axe is asked: where, and which rules.
ALL = "document", {"runOnly": WCAG}
COLOURS = f"{{ include: ({DISTINCT})() }}", {"runOnly": COLOUR_RULES}
BUT_COLOURS = "document", ALL[1] | {"rules": {rule: {"enabled": False} for rule in COLOUR_RULES}}


def unfold(page):
    """Open all that can be opened, for axe looks only at what can be seen."""
    page.evaluate(
        "document.querySelectorAll('details').forEach(each => each.open = true);"
        "document.querySelectorAll('.toggle-button-hidden').forEach(each => each.click())"
    )


def merge(page):
    """Of what comes in thousands of like pieces leave only one, which saves most of axe's time."""
    page.evaluate(MERGE)


def violations(page, *questions):
    """Return what breaks the guidelines: the rule, where, and why."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(content=AXE)
    # Style sheets cannot be preloaded from disk, and are in the page already.
    always = {"resultTypes": ["violations"], "preload": False}
    return [
        (rule["id"], node["target"], node["failureSummary"])
        for where, options in questions or [ALL]
        for rule in page.evaluate(f"options => axe.run({where}, options)", options | always)[
            "violations"
        ]
        for node in rule["nodes"]
    ]
