"""The start pages, composed from the rooms below."""
