"""Ugly exports as Italian programs write them, each with its clean twin in the contract.

One malformed is one quirk: foreign bytes, a mapping, and what must come of them: the same raw rows as the
twin, or the codes that the contract documents.
"""
