"""What the studio says of itself: its version, what is installed, its limits."""

from __future__ import annotations

from importlib.util import find_spec

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from symgen import __version__
from symgen.music.instruments import PROGRAMS
from symgen.studio.context import Studio
from symgen.studio.limits import body_of

__all__ = ["about_routes"]


def about_routes(studio: Studio) -> list[Route]:  # noqa: ARG001 - each is made of the studio
    """Return the route that tells what this studio is."""

    async def about(request: Request) -> Response:  # noqa: ARG001 - as starlette calls it
        """Tell the version, which extras are installed, the instruments, and the largest bodies in bytes."""
        can_engrave = all(find_spec(name) is not None for name in ("verovio", "typst"))
        limits = {
            "open": body_of("POST", "/api/projects/open").most,
            "hear": body_of("POST", "/api/projects/x/hear").most,
            "changes": body_of("POST", "/api/projects/x/changes").most,
            "view": body_of("PUT", "/api/projects/x/view").most,
        }
        return JSONResponse(
            {
                "version": __version__,
                "extras": {"score": can_engrave},
                "instruments": list(PROGRAMS),
                "limits": limits,
            }
        )

    return [Route("/api/about", about, methods=["GET"])]
