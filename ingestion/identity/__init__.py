"""Which pseudonyms are the same person, and how somebody refers to a person."""
