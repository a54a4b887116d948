"""On-demand orders: asked for, answered, served once."""
