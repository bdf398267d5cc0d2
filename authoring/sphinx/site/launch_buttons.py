"""Make all that leads to the repository, and to places that run it, from `repository.url` alone.

Without an address there is none of it. With one there are links to the repository, to edit a page
and to report a fault, and a menu to open something elsewhere:

- **Binder**, whose environment is ours (`binder/`), opens the page itself: a chapter's MyST source
  as a notebook, or an exercise notebook.
- **JupyterHub** and **Colab**, whose environment is not, open the exercise notebook that belongs to
  the page: they cannot open MyST, and the repository holds no notebooks of chapters. Which hub is
  for the reader to say, on nbgitpuller's own page, unless `launch_buttons.jupyterhub_url` does.

The theme's own menu is not used: it would link to pages that these places cannot open.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

from authoring.sphinx import priorities

LINK_GENERATOR = "https://nbgitpuller.readthedocs.io/en/latest/link.html"


def fill_in(app: Sphinx, config: Config) -> None:
    """Turn the theme's settings on that follow from the address, and its launch menu off."""
    options = config.html_theme_options
    launch = options.pop("launch_buttons", {})
    config.jupyterhub_url = launch.get("jupyterhub_url", "").rstrip("/")
    address = options.get("repository_url", "").rstrip("/").removesuffix(".git")
    options["repository_url"] = address
    for button in ("use_repository_button", "use_edit_page_button", "use_issues_button"):
        options[button] = bool(address)


def install_command(repository: str) -> str:
    """Return what a notebook runs to get all that it imports, where there is no student kit."""
    return f"%pip install --quiet 'dl_workshop[exercises] @ git+{repository}'"


def binder(repository: str, branch: str, path: str) -> str:
    """Return the address that opens a file of the repository on Binder."""
    parts = urlsplit(repository)
    name = parts.path.strip("/")
    where = {"github.com": f"gh/{name}", "gitlab.com": f"gl/{quote(name, safe='')}"}.get(
        parts.netloc, f"git/{quote(repository, safe='')}"
    )
    query = urlencode({"urlpath": f"lab/tree/{path}"})
    return f"https://mybinder.org/v2/{where}/{quote(branch, safe='')}?{query}"


def jupyterhub(repository: str, branch: str, path: str, hub: str) -> str:
    """Return the address by which nbgitpuller copies the repository to a hub and opens a file."""
    path = f"lab/tree/{repository.rpartition('/')[2]}/{path}"
    query = urlencode({"repo": repository, "branch": branch, "urlpath": path})
    return f"{hub}/hub/user-redirect/git-pull?{query}" if hub else f"{LINK_GENERATOR}?{query}"


def colab(repository: str, branch: str, path: str) -> str | None:
    """Return the address that opens a notebook on Colab, which knows GitHub alone."""
    parts = urlsplit(repository)
    if parts.netloc != "github.com":
        return None
    return f"https://colab.research.google.com/github{parts.path}/blob/{branch}/{path}"


def add_menu(
    app: Sphinx, page: str, template: str, context: dict[str, object], doctree: object
) -> None:
    """Add the launch menu to a page that can be opened elsewhere, and mend the edit link."""
    options = app.config.html_theme_options
    repository, branch = options["repository_url"], options.get("repository_branch") or "main"
    if not repository:
        return
    name = page.rpartition("/")[2]
    source, exercises = f"solutions/{name}/{name}.md", f"exercises/{name}/{name}.ipynb"
    of_exercises = page == f"book/exercises/{name}"
    buttons = []

    def add(text: str, tooltip: str, icon: str, url: str | None) -> None:
        if url:
            buttons.append(
                {"type": "link", "text": text, "tooltip": tooltip, "icon": icon, "url": url}
            )

    if of_exercises or "kernelspec" in app.env.metadata.get(page, {}):
        add(
            "The exercises on Binder" if of_exercises else "This page on Binder",
            "Opens JupyterLab on mybinder.org. The first start takes some minutes.",
            "fas fa-rocket",
            binder(repository, branch, exercises if of_exercises else f"{page}.md"),
        )
    if (Path(app.srcdir) / exercises).exists():
        hub = app.config.jupyterhub_url
        add(
            "The exercises on JupyterHub",
            f"Opens JupyterLab on {hub}" if hub else "Asks for the address of your JupyterHub",
            "fas fa-server",
            jupyterhub(repository, branch, exercises, hub),
        )
        add(
            "The exercises on Colab",
            "The guide for students says what to run there first.",
            "fas fa-cloud",
            colab(repository, branch, exercises),
        )
    if buttons:
        context["header_buttons"].insert(0, {
            "type": "group", "tooltip": "Open elsewhere", "icon": "fas fa-rocket",
            "label": "launch-buttons", "buttons": buttons,
        })  # fmt: skip
    if of_exercises:
        # The page is made from the source in solutions/, and is not in the repository.
        for group in context["header_buttons"]:
            for button in group.get("buttons", []):
                if button.get("label") == "source-edit-button":
                    button["url"] = button["url"].replace(f"{page}.md", source)


class ColabSetup(SphinxDirective):
    """Say what a notebook needs on Colab, if the course has an address."""

    def run(self) -> list[nodes.Node]:
        repository = self.config.html_theme_options["repository_url"]
        if not repository:
            return []
        return self.parse_text_to_nodes(
            "On Colab nothing of the course is installed. Add a cell at the top and run it first;"
            " delete it before you hand in.\n\n"
            f"```\n{install_command(repository)}\n```"
        )


def setup(app: Sphinx) -> dict[str, object]:
    app.add_config_value("jupyterhub_url", "", "html", [str])
    app.add_directive("colab-setup", ColabSetup)
    app.connect("config-inited", fill_in)
    app.connect("html-page-context", add_menu, priority=priorities.CHANGE_MENUS)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
