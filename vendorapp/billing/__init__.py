"""Papers and money: invoices, bills, payments, settlements, statements."""
