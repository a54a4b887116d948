"""What both sides say about an order or about one day of it."""
