"""Reads of papers and money, a module a subject."""
