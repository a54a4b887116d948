"""A believable business to look at and to measure with: `flask demo load`.

The demo belongs to the front door and is the one place outside a room that writes rooms' tables itself:
a year of rounds would take hours verb by verb, and takes seconds as a few statements over sets. What it
writes must be what the verbs would have written; `ledger verify` and `months rollup` say whether it is.
"""
