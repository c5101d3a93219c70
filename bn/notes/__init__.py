"""What is worth knowing of how findings go together: at odds, to be read with care, or without a part in the answer."""

from bn.notes.person import notes_on
from bn.notes.record import Note, Remark
from bn.notes.remarks import remarks

__all__ = ["Note", "Remark", "notes_on", "remarks"]
