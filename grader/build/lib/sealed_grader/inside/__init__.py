"""All that runs behind the walls."""
