"""How fast the product is on this machine: ``make bench``, or ``python -m benchmarks --help``.

Figures of one machine say little about another, so each one stands beside something simple that was
measured in the same minutes, turn about: the night beside a raw ``INSERT … SELECT`` of the same rows,
requests beside a view that only says "ok". The ratios are what to compare.
"""
