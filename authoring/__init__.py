"""What makes the book, the student edition, the kit and the PDF from their sources."""
