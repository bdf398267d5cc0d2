"""Link pages to the course and to the student kit, each at an address of its own in `_config.yml`.

`repository.url` is the course, solutions and all. It gives pages their links to the repository, to
edit the page and to report a fault; pages of exercises get none, since their source holds the
solutions.

`launch_buttons.kit_url` is the published kit, which holds none. It gives chapters and exercises a
menu that opens the exercises on Binder, on a JupyterHub and on Colab. Which hub is for the reader
to say, on nbgitpuller's own page, unless `launch_buttons.jupyterhub_url` does.

Where an address is empty, its links are absent. The theme's own menu is not used: it would offer
the course to students.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

from authoring.sphinx import priorities

LINK_GENERATOR = "https://nbgitpuller.readthedocs.io/en/latest/link.html"


def fill_in(app: Sphinx, config: Config) -> None:
    """Turn the theme's settings on that follow from the addresses, and its launch menu off.

    Raises:
        ConfigError: course and kit have the same address.
    """
    options = config.html_theme_options
    launch = options.pop("launch_buttons", {})
    config.jupyterhub_url = launch.get("jupyterhub_url", "").rstrip("/")
    config.kit_url = _address(launch.get("kit_url", ""))
    config.kit_branch = launch.get("kit_branch") or "main"
    course = options["repository_url"] = _address(options.get("repository_url", ""))
    if course and course.lower() == config.kit_url.lower():
        raise ConfigError(
            "_config.yml: launch_buttons.kit_url is the repository of the course, which holds the"
            " solutions. Anyone who can read one branch of a repository can read them all, so give"
            " the student kit a repository of its own."
        )
    for button in ("use_repository_button", "use_edit_page_button", "use_issues_button"):
        options[button] = bool(course)


def _address(url: str) -> str:
    return url.rstrip("/").removesuffix(".git")


def install_command(kit: str, branch: str) -> str:
    """Return what a notebook runs to get all that it imports, where the kit is not installed."""
    return f"%pip install --quiet 'dl_workshop[exercises] @ git+{kit}@{branch}'"


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
    """Add the launch menu where there are exercises, and take the course's links off their page."""
    name = page.rpartition("/")[2]
    if page == f"book/exercises/{name}":
        context["header_buttons"][:] = [
            button
            for button in context["header_buttons"]
            if not button.get("label", "").startswith("source-")
        ]
    notebook = f"exercises/{name}/{name}.ipynb"
    kit, branch, hub = app.config.kit_url, app.config.kit_branch, app.config.jupyterhub_url
    if not kit or not (Path(app.srcdir) / notebook).exists():
        return
    places = [
        (
            "Binder",
            "Opens JupyterLab on mybinder.org. The first start takes some minutes.",
            "fas fa-rocket",
            binder(kit, branch, notebook),
        ),
        (
            "JupyterHub",
            f"Opens JupyterLab on {hub}" if hub else "Asks for the address of your JupyterHub",
            "fas fa-server",
            jupyterhub(kit, branch, notebook, hub),
        ),
        (
            "Colab",
            "The guide for students says what to run there first.",
            "fas fa-cloud",
            colab(kit, branch, notebook),
        ),
    ]
    buttons = [
        {"type": "link", "text": f"The exercises on {place}", "tooltip": tooltip, "icon": icon,
         "url": url}
        for place, tooltip, icon, url in places
        if url
    ]  # fmt: skip
    context["header_buttons"].insert(0, {
        "type": "group", "tooltip": "Open elsewhere", "icon": "fas fa-rocket",
        "label": "launch-buttons", "buttons": buttons,
    })  # fmt: skip


class ColabSetup(SphinxDirective):
    """Say what a notebook needs on Colab, if the kit has an address."""

    def run(self) -> list[nodes.Node]:
        if not self.config.kit_url:
            return []
        command = install_command(self.config.kit_url, self.config.kit_branch)
        return self.parse_text_to_nodes(
            "On Colab nothing of the course is installed. Add a cell at the top and run it first;"
            " delete it before you hand in.\n\n"
            f"```\n{command}\n```"
        )


def setup(app: Sphinx) -> dict[str, object]:
    for name in ("kit_url", "kit_branch", "jupyterhub_url"):
        app.add_config_value(name, "", "html", [str])
    app.add_directive("colab-setup", ColabSetup)
    app.connect("config-inited", fill_in)
    app.connect("html-page-context", add_menu, priority=priorities.CHANGE_MENUS)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
