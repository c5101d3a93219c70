"""Answers for people: as text, as HTML and as pictures, found by the kind of the answer."""
