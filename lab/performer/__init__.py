"""The pitched player: songs that it learns from, its training and its figures."""
