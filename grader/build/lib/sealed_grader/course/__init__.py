"""nbgrader's side: sources and submissions to read, marks to write."""
