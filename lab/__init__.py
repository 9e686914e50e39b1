"""What makes our own weights and figures; not part of the installed package."""
