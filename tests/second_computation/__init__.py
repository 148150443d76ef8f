"""A second computation of every figure: slow, obvious Python, written from the definitions alone.

Exports arrive, together with the registry of territories and the residents; what the warehouse must hold
leaves: every cell of every indicator, every quarantined row, every flag. It shares no code with the product
and reads no SQL of it. Only the contract's field lists and the reference lists are the product's own, because
they are data, not computation.
"""
