"""The verbs of papers and money, a module a subject."""
