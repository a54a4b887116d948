"""What a month came to: finance reads, and the roll-up's rebuild and proof."""
