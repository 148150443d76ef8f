"""Validation: every check of the contract over one export. Nothing is decided, and nothing is kept."""
