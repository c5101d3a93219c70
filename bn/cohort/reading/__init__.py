"""Columns and cells become findings; a summary reports what was read, what was not, and why."""
