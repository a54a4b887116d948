"""CSV files: what a vendor takes home of the book, and customers that come from a file."""
