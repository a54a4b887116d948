"""What papers and money may do: the pure part, a module a subject."""
