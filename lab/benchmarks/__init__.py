"""Measurements behind the figures in README, docs and cards."""
