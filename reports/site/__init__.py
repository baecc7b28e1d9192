"""The static site: the course and all reference pages, generated as Markdown from documents, docstrings and registries.

`sources` collects the pages; `course`, `matrix_pages`, `reference` and `interface` write them, and `command_line_page`
among the front ends; `building` runs Sphinx on them. No page is maintained by hand. May import everything else in `reports`;
no other wing imports it. Read `sources` first.
"""
