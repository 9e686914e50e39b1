"""``symgen doctor``."""

from __future__ import annotations

import argparse
import json

from symgen.cli.doctor import diagnose

__all__ = ["doctor"]


def doctor(options: argparse.Namespace) -> None:
    """Say what is there and what is missing."""
    for check in diagnose():
        if options.json:
            print(
                json.dumps(
                    {
                        "name": check.name,
                        "ok": check.ok,
                        "detail": check.detail,
                        "remedy": check.remedy,
                    }
                )
            )
            continue
        print(f"{'ok ' if check.ok else 'NO '} {check.name}: {check.detail}")
        if not check.ok and check.remedy:
            print(f"    {check.remedy}")
