"""One presentation for everything that carries the name: tokens, stylesheet, faces, icons, templates.

Values and words arrive, HTML and CSS leave, the same for pages, reports, receipts and the contract. What a
page says does not belong here, nor any database, server or application framework.
"""
