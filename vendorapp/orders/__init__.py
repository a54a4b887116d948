"""Standing orders: terms by version, changes and their answers, pauses, ending."""
