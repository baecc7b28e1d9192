"""The site: the course and all reference pages, written as Markdown from the documents, docstrings and registries, for Sphinx.

`sources` holds the pages while they come about, `course`, `matrix_pages`, `reference`, `command_line` and `interface` write
them, `building` has Sphinx make the site of them. Nothing in it is written a second time by hand.
"""
