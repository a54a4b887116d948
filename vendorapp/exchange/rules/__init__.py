"""CSV without a computer around it: writing cells, reading tables, judging lines of customers."""
