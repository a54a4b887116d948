"""JSON of papers and money as every room answers it, a module a subject."""
