"""The code that runs inside the sandbox."""
