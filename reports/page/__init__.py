"""The interactive page: its data (`data`), the JSON and the HTML made from it (`html`), and the markup, styles and scripts of
`page.*`; `windows` is the page of a live run, `standalone` wraps pages without scripts, and all of them begin with `head`.

May import `groupy_model`, `specs`, `reports.wording` and `reports.spacetime`. Read `data` first, then the head of `page.js`.
"""
