"""Doors into other programs: a server for assistants (MCP), and a folder that is watched."""

from __future__ import annotations
