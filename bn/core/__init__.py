"""The network, what is observed of people, and what both say together: no question knows more of them than this."""
