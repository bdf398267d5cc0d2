"""Grade nbgrader courses in a sandbox."""
