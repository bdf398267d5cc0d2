"""`make lab` in a real browser: a student answers a task, right and wrong, and validates."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from conftest import ROOT, need_program
from playwright.sync_api import expect, sync_playwright

pytestmark = pytest.mark.slow

RIGHT = "def slopes_of(field):\n return grad(field, argnums=(0, 1))"
WRONG = "def slopes_of(field):\n return grad(field)"
INTEGER = "def slopes_of(field):\n return grad(field)(3, 1)"


def settings(folder, extension, plugin, **values):
    path = folder / "settings" / "@jupyterlab" / extension / f"{plugin}.jupyterlab-settings"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(values))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab that `make lab` has started on a copy of the exercises."""
    folder = tmp_path_factory.mktemp("lab")
    course = folder / "course"
    shutil.copytree(ROOT / "exercises", course / "exercises")
    for name in ("Makefile", "nbgrader_config.py"):
        shutil.copy(ROOT / name, course)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server_settings = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False}
    config = {"ServerApp": server_settings, "IdentityProvider": {"token": "secret"}}
    (folder / "jupyter_server_config.json").write_text(json.dumps(config))
    # All cells in the page, and no question about news.
    settings(folder, "notebook-extension", "tracker", windowingMode="none")
    settings(folder, "apputils-extension", "notification", fetchNews="false")
    # This environment instead of .venv, and no installation.
    tools = Path(sys.executable).parent
    environment = {
        "JUPYTER_CONFIG_DIR": str(folder),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "PYTHONPATH": str(ROOT),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
    }
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            ["make", "-o", ".venv/ready", "lab", f"BIN={tools}"],
            cwd=course,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            with contextlib.suppress(OSError):
                assert b"JupyterLab" in urlopen(f"{address}/lab?token=secret", timeout=5).read()
                break
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.5)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


@pytest.fixture(scope="module")
def notebook(lab):
    """A page with the goldfield's notebook; no host but this one can be reached."""
    arguments = ["--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=need_program("chromium"), args=arguments
        )
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page.goto(f"{lab}/?token=secret")
        page.wait_for_url("**/lab/tree/exercises*")
        page.goto(f"{lab}/lab/tree/exercises/goldfield/goldfield.ipynb?token=secret")
        # Before the kernel is there, a cell does not run.
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")
        run(page, cell(page, "load_ext"))
        expect(cell(page, "load_ext").locator(".jp-InputPrompt")).to_have_text("[1]:")
        yield page
        browser.close()


def cell(page, text):
    return page.locator(".jp-Notebook .jp-CodeCell", has_text=text).first


def run(page, which):
    which.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def check(page, answer):
    """Type an answer, run it and the check below it, and return that check's output."""
    editor = cell(page, "def slopes_of(field)").locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(answer)
    page.keyboard.press("Shift+Enter")
    visible = cell(page, "checks.check_close")
    prompt = visible.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    run(page, visible)
    expect(prompt).not_to_have_text(before)
    expect(prompt).to_contain_text("[")
    expect(prompt).not_to_contain_text("*")
    return visible.locator(".jp-OutputArea").inner_text()


def test_a_wrong_answer_sees_the_advice_and_a_right_one_passes(notebook):
    said = check(notebook, WRONG)
    assert said.startswith("CheckFailedError: slopes_of(hill)(3.0, 1.0) should be a tuple of 2.")
    assert "unless argnums says otherwise" in said
    assert check(notebook, RIGHT) == ""
    said = check(notebook, INTEGER)
    assert "Traceback (most recent call last)" in said
    assert "Write 3.0 instead of 3" in said


def test_validate_lists_the_checks_that_fail(notebook):
    check(notebook, RIGHT)
    notebook.keyboard.press("Control+s")
    notebook.get_by_text("Validate", exact=True).click()
    dialog = notebook.locator(".jp-Dialog")
    expect(dialog).to_contain_text("The following cell failed", timeout=120_000)
    said = dialog.inner_text()
    assert "lowest_y(hill, 5.0, 0.0)" in said
    assert "slopes_of(hill)" not in said
