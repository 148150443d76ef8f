"""A network that behaves like life: a seed and a scale arrive, contract exports leave.

Nothing that the product needs to run belongs here.
"""
