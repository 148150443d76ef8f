"""Corrections of records that somebody reviewed, from the file people write to the table the build reads."""
