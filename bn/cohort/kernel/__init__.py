"""Rows as arrays: what they say is weighed by the contracted network, many at once."""
