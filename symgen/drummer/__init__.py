"""Drums: a small network plays bars of a kit in a style, with fills and breaks where they are due."""
