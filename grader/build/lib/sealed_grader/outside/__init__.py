"""What grades from outside the walls: it starts the sandbox and decides the marks."""
