"""The studio: a page in the browser where a piece is drawn, locked, written on and heard, and its API."""

from __future__ import annotations
