"""The static site: the course and all reference pages, generated as Markdown from documents, docstrings and registries.

`sources` collects the pages; `course`, `matrix_pages`, `reference`, `command_line` and `interface` write them; `building` runs
Sphinx on them. No page is maintained by hand. May import everything else in `reports`; no other wing imports it. Read
`sources` first.
"""
