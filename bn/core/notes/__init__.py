"""What is worth knowing of how findings go together: at odds, to be read with care, or without a part in the answer."""

from bn.core.note import Note, Remark
from bn.core.notes.person import notes_on
from bn.core.notes.remarks import remarks

__all__ = ["Note", "Remark", "notes_on", "remarks"]
