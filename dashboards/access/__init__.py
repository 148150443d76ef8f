"""Who may see what: an identity arrives, what it may look at and a database that holds only that leave.

What a page shows does not belong here.
"""
