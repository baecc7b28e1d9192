"""The machine of one process, for a person: `drawing.py` makes the picture, `page.py` the page, `table.py` what is printed.

Imports `groupy_model` and what reports share. What is drawn is in `reports/formats/machine_data.py`.
"""
