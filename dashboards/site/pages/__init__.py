"""The kinds of pages of the public site, one module per kind: a site arrives, pages leave."""
