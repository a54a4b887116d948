"""A vendor's own book: add, update, invite, and the link of a row to a login."""
