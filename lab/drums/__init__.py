"""The drummer: its training music, its training and its figures."""
