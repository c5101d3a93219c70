"""Columns and cells as findings, and what is told of those that are none."""
