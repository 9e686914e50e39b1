"""ABC read."""
