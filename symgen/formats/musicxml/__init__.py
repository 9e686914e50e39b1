"""MusicXML as values and back: documents measure by measure, and scores written into them.

What a document says besides its notes (words, chord symbols, slurs, layout, credits and all the rest) is never taken
apart: the score holds the notes and keeps the document as its `source`, and what changes is put into the document's own
bytes. So the score stays small, and what was not touched comes back byte for byte, also what no rule of ours reads.
"""

from symgen.formats.musicxml.container import check_xml
from symgen.formats.musicxml.writing import Edited, edit_document, write_musicxml

__all__ = ["Edited", "check_xml", "edit_document", "write_musicxml"]
