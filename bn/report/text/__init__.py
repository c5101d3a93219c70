"""Answers and entries as tables for people."""
