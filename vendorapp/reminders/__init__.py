"""Polite words about money: what was sent to whom, and what they promised to pay when."""
