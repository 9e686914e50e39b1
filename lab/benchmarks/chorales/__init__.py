"""Exact likelihoods on the published sets: JSB chorales, the four frame-wise sets, Nottingham melodies."""
