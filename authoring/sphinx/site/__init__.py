"""What surrounds the text: menus, downloads, notices."""
