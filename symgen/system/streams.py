"""Files that a caller has opened: what takes a path takes them too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from symgen.system.errors import FormatError

if TYPE_CHECKING:
    from typing_extensions import TypeIs

__all__ = ["can_read", "can_write", "read_stream", "stream_name", "write_stream"]


def can_read(value: object) -> TypeIs[BinaryIO]:
    """Tell whether a value is a file that can be read."""
    return callable(getattr(value, "read", None))


def can_write(value: object) -> TypeIs[BinaryIO]:
    """Tell whether a value is a file that can be written."""
    return callable(getattr(value, "write", None))


def stream_name(file: Any) -> str:
    """Return what messages call an open file: its name, if it has one."""
    name = getattr(file, "name", None)
    return name if isinstance(name, str) and name else "the open file"


def read_stream(file: BinaryIO, limit: int | None = None) -> bytes:
    """Return the bytes of an open file from where it stands, one more than the limit at most."""
    name = stream_name(file)
    try:
        data: bytes | str = file.read(-1 if limit is None else limit + 1)
    except (OSError, ValueError) as error:  # closed, or opened to write
        raise FormatError(f"{name}: cannot be read ({error}); open it with 'rb'") from None
    return data.encode() if isinstance(data, str) else data


def write_stream(file: BinaryIO, data: bytes) -> None:
    """Write bytes into an open file; it stays open."""
    name = stream_name(file)
    try:
        file.write(data)
    except TypeError:
        raise FormatError(f"{name}: is open for text; open it with 'wb'") from None
    except (OSError, ValueError) as error:  # closed, or opened to read
        raise FormatError(f"{name}: cannot be written ({error}); open it with 'wb'") from None
