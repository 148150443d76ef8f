"""The attacker: published files arrive, what can be worked out from them leaves.

It reads what everybody can read, and shares no code with what protects the tables: a mistake there must not
be made again here.
"""
