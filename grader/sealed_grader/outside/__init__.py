"""The code that runs outside the sandbox: it starts the sandbox and decides the marks."""
