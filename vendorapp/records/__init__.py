"""One day, one line: the nightly scheduling, marks, and the calls that touch both an order and its days."""
