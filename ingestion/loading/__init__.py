"""Loading: whose turn it is, what is accepted, refused or pending, and the commit to the raw layer."""
