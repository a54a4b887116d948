"""The account: one row a customer (locked first), lines, entries, months, cumulative_record_details.
The only place where sums change."""
