"""Humdrum **kern read."""
