"""Foreign files read by a mapping: what an instance has, turned into what the contract asks.

Arrives: the files of an instance that cannot send the contract, and its mapping. Leaves: a contract export
under `landing/.work/`, which goes through the same door as every other. Checks do not belong here: what a
mapping cannot repair is left as it stands, and ingestion judges it. Contract exports never come here.
"""
