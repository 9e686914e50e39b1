"""``symgen studio``: a page in the browser to write music on, served by this machine to itself."""

from __future__ import annotations

from pathlib import Path

from symgen.cli.options import Context, Result
from symgen.cli.signals import stop_signals
from symgen.cli.telling import note
from symgen.system.requirements import need

__all__ = ["studio"]


def studio(context: Context) -> Result:
    """Serve the page until Ctrl-C, and open it in the browser."""
    need("starlette", "uvicorn")
    from symgen.studio.context import Studio
    from symgen.studio.projects import Projects
    from symgen.studio.security import start_link
    from symgen.studio.serving import Server, bind, check_host, is_loopback, settings_for

    options = context.options
    check_host(options.host, options.token)
    opened = bind(options.host, options.port)
    projects = Projects(options.folder and Path(options.folder))
    settings = settings_for(projects.folder, options.host, options.token, opened)
    server = Server(Studio(settings, projects), opened)
    with stop_signals(is_mute=True) as asked:
        server.start()
        link = start_link(settings)
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


def _open_browser(link: str) -> None:
    import webbrowser

    if not webbrowser.open(link):
        note("no browser could be opened; open the link above in one")
