"""What may be sent of papers, looked up in the catalogue, a module a subject."""
