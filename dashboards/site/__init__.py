"""The public site: the public side of a release arrives, a folder of static pages leaves.

Every page is HTML without script, in Italian and in English, under permanent addresses, with relative links,
so that any web server, a CDN or a disk can host it. Nothing that the public side does not hold is read, and
no number is computed: pages print what the tables hold.
"""
