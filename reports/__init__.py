"""Everything a user reads: texts, pictures, pages, tables, files in other formats, the site, and the course.

May import `groupy_model` and `specs`, never `checker`, which calls this package. The lowest wing is `wording`, used by all
others; `spacetime` draws runs; `page`, `tables` and `formats` combine words and pictures; `site` builds on them all. Start with
`wording/explain.py`. `lessons/`, `gallery/`, `gms3-fixed.md`, `assumptions.md` and `own-protocol.md` are documents,
executed by the tests.
"""
