"""All exceptions of the grader. Those that end a command derive from `GraderError`."""

from __future__ import annotations


class GraderError(Exception):
    """The base of what the grader raises; the message says what to do."""


class CourseError(GraderError):
    """The course is incomplete; the message says how to fix it."""


class RefusedError(GraderError):
    """Tests fail with the source's own solutions; the message names them."""


class SandboxError(GraderError):
    """The sandbox cannot be started; the message says what is missing."""


class ConfinementError(GraderError):
    """The kernel refuses a confinement; the message says which, and what may help."""


class ClusterError(GraderError):
    """No cluster can be used; the message says why."""


class MalformedError(GraderError):
    """A submission is not a notebook; the message says why."""


class LostError(GraderError):
    """A process of the sandbox is gone.

    Attributes:
        reason: "timeout", "out of memory", "crashed" or "grader's fault".
        detail: what else is known.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        """Keep both."""
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class NotPlainError(GraderError):
    """A value is not plain data; the message names its type.

    It is not a TypeError, which a test may expect.
    """


class NoPlainValueError(NotPlainError):
    """A call returned a value that cannot be sent; the student's process describes it."""

    from_student = True


class CannotSendError(BaseException):
    """An argument cannot be sent to the student's process; no test mistakes this for an answer."""


class StudentLostError(BaseException):
    """The student's process has ended; no test catches this by mistake."""
