"""Pages: pieces to look at and to listen to in a browser or a notebook, with nothing fetched from anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.system.lazy import lazy_names

if TYPE_CHECKING:
    from symgen.pages.takes import PageTake as PageTake
    from symgen.pages.takes import write_takes_page as write_takes_page
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "takes": "PageTake write_takes_page",
        },
    )
