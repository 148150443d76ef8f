"""Personal data: how direct identifiers are recognised, and what takes their place before
anything is written.
"""
