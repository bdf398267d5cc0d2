"""Where nbgrader finds things: the source is generated, the release is the student edition."""

from pathlib import Path

c = get_config()  # noqa: F821

c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.source_directory = "_build/source"
c.CourseDirectory.release_directory = "exercises"
c.SealedGrader.advice = "dl_workshop.hints.advice_for"
