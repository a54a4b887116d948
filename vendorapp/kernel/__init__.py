"""What every room stands on: database and transaction, clock, money, errors and their looks, the strict
JSON boundary, paging, idempotency, background jobs. Nothing here knows milk, customers or orders."""
