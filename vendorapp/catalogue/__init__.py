"""What a vendor sells, and how much of it is there."""
