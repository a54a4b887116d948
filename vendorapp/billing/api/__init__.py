"""JSON of papers and money, a module a subject."""
