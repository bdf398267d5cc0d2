"""A notebook's shell without a kernel: runs cells as IPython does, and keeps their outputs."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import (
    AbstractContextManager,
    contextmanager,
    redirect_stderr,
    redirect_stdout,
    suppress,
)
from typing import Any, cast

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.text import LSString, SList
from traitlets import Type
from traitlets.config import Config

from sealed_grader.model import KEPT_TYPES

CUT = "\n… (output truncated: this cell printed too much)\n"
# What an output takes besides its text, in bytes.
OVERHEAD = 100


class Outputs:
    """The outputs of one cell, as nbformat has them, up to a number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        """Start without outputs.

        Args:
            max_bytes: how many bytes are kept.
        """
        self.max_bytes = max_bytes
        self.clear()

    def clear(self) -> None:
        """Drop all outputs."""
        self.items: list[dict[str, Any]] = []
        self.left = self.max_bytes - 2 * OVERHEAD

    def add_text(self, stream: str, text: str) -> None:
        """Add printed text, truncated to the room that is left."""
        if self.left <= 0 or not text:
            return
        text = text.encode("utf-8", "replace")[: self.left].decode("utf-8", "ignore")
        self.left -= len(text.encode())
        if self.left <= 0:
            text += CUT
        last = self.items[-1] if self.items else {}
        if last.get("output_type") == "stream" and last["name"] == stream:
            last["parts"].append(text)
        else:
            self.left -= OVERHEAD
            self.items.append({"output_type": "stream", "name": stream, "parts": [text]})

    def add(self, output: dict[str, Any]) -> None:
        """Add a result, a picture or an error, if there is room for it."""
        size = len(repr(output))
        if self.left > 0:
            self.left -= size + OVERHEAD
            if self.left <= 0:
                self.items.append({"output_type": "stream", "name": "stdout", "parts": [CUT]})
            else:
                self.items.append(output)

    def finished(self) -> list[dict[str, Any]]:
        """Return all of it."""
        for item in self.items:
            if "parts" in item:
                item["text"] = "".join(item.pop("parts"))
        return self.items


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self.outputs, self.stream = outputs, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.outputs.add_text(self.stream, text)
        return len(text)

    def fileno(self) -> int:
        # As in a kernel there is one; here it leads nowhere.
        return 1 if self.stream == "stdout" else 2


def _shell_of(part: DisplayHook | DisplayPublisher) -> Shell:
    return cast("Shell", part.shell)


class _Hook(DisplayHook):
    def quiet(self) -> bool:
        # IPython's own looks for the semicolon in a history that is not kept here.
        return _shell_of(self).code.rstrip().endswith(";")

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        data = {kind: value for kind, value in format_dict.items() if kind in KEPT_TYPES}
        _shell_of(self).outputs.add({"output_type": "execute_result", "execution_count": None,
                                "data": data, "metadata": {}})  # fmt: skip

    def finish_displayhook(self) -> None:
        pass


class _Publisher(DisplayPublisher):
    def publish(self, data: dict, metadata: dict | None = None, *_: Any, **__: Any) -> None:
        kept = {kind: value for kind, value in data.items() if kind in KEPT_TYPES}
        if kept:
            _shell_of(self).outputs.add(
                {"output_type": "display_data", "data": kept, "metadata": {}}
            )

    def clear_output(self, wait: bool = False) -> None:
        _shell_of(self).outputs.clear()


class Shell(InteractiveShell):
    """IPython that keeps what a cell shows instead of writing it to a terminal."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    code = ""
    outputs = Outputs(0)
    # The examiner's shell runs a function in the student's process.
    call_student: Callable[..., object] | None = None

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.outputs.add({"output_type": "error", "ename": etype.__name__,
                          "evalue": str(evalue)[:10_000],
                          "traceback": [line[:10_000] for line in stb[-100:]]})  # fmt: skip

    def ask_exit(self) -> None:
        """Do not exit: the cells after this one are graded too."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: `%matplotlib inline` asks for none."""

    def system(self, cmd: str) -> None:
        """Run a command of the shell, `!echo hello`; IPython's own needs a terminal."""
        done = self._run(self.var_expand(cmd, depth=1))
        sys.stdout.write(done.stdout)
        self.user_ns["_exit_code"] = done.returncode

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> SList | LSString:
        """Return what a command prints, for `files = !ls`."""
        text = self._run(self.var_expand(cmd, depth=depth + 1)).stdout
        return SList(text.splitlines()) if split else LSString(text)

    @staticmethod
    def _run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, text=True,
                              errors="replace", stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)  # fmt: skip


def start_shell() -> Shell:
    """Start IPython for this process and its forks, once."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Context"
    shell = Shell.instance(config=config)
    with suppress(ImportError):
        from matplotlib_inline.backend_inline import configure_inline_support

        if "matplotlib" in sys.modules:
            configure_inline_support(shell, "module://matplotlib_inline.backend_inline")
    return shell


def run_cell(shell: Shell, code: str) -> tuple[ExecutionResult, list[dict[str, Any]]]:
    """Run a cell.

    Args:
        shell: where.
        code: its source, magics included.

    Returns:
        How it ended, and its outputs.
    """
    shell.outputs.clear()
    shell.code = code
    with _printing_into(shell.outputs):
        result = shell.run_cell(code, store_history=False)
    return result, shell.outputs.finished()


def silence() -> AbstractContextManager[None]:
    """Discard printed text."""
    return _printing_into(Outputs(0))


@contextmanager
def _printing_into(outputs: Outputs) -> Iterator[None]:
    out, error = _Stream(outputs, "stdout"), _Stream(outputs, "stderr")
    with redirect_stdout(out), redirect_stderr(error):
        yield
