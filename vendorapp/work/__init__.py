"""What takes longer than a person waits: how far it is, and what came of it, for whoever asked for it."""
