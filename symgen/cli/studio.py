"""``symgen studio``: a page in the browser to write music on, served by this machine to itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from symgen.cli.options import Context, Result
from symgen.cli.progress import working
from symgen.cli.signals import stop_signals
from symgen.cli.telling import note
from symgen.system.requirements import need

if TYPE_CHECKING:
    from symgen.studio.projects import Projects

__all__ = ["studio"]


def studio(context: Context) -> Result:
    """Serve the page until Ctrl-C, and open it in the browser."""
    need("starlette", "uvicorn")
    from symgen.studio.context import Studio
    from symgen.studio.jobs import Jobs
    from symgen.studio.projects import Projects
    from symgen.studio.security import start_link
    from symgen.studio.serving import Server, bind, check_host, is_loopback, settings_for

    options = context.options
    check_host(options.host, options.token)
    opened = bind(options.host, options.port)
    projects = Projects(options.folder and Path(options.folder))
    project = _opened(options.tune, projects) if options.tune else ""
    settings = settings_for(projects.folder, options.host, options.token, opened)
    server = Server(Studio(settings, projects, Jobs()), opened)
    with stop_signals(is_mute=True) as asked:
        server.start()
        link = start_link(settings, project)
        print(link, flush=True)
        if not is_loopback(options.host):
            note(
                "whoever has this token in the network can read and change the projects; nothing is encrypted"
            )
        note(f"projects are in {projects.folder}; Ctrl-C ends the studio")
        if not options.no_browser:
            _open_browser(link)
        server.wait(asked.is_set)
        server.stop()
    return Result()


def _opened(path: str, projects: Projects) -> str:
    """Open a file as a new project, and return its id."""
    from symgen.studio.opening import open_file
    from symgen.system.files import read_bytes

    with working("reading"):
        return open_file(projects, Path(path).name, read_bytes(path)).id


def _open_browser(link: str) -> None:
    import webbrowser

    if not webbrowser.open(link):
        note("no browser could be opened; open the link above in one")
