"""JSON shapes that come in, a module a subject."""
