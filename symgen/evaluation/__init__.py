"""Judging music by numbers: pure functions of scores, each with its source.

Metrics of one tune, distances between the histograms of two sets, copies from a
reference, and features for classifiers. Every function returns a plain
``dict[str, float]`` or one number.
"""
