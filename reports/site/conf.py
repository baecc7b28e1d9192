"""The Sphinx configuration of the site. Nothing is fetched from the network, neither by the build nor by the pages."""

from __future__ import annotations

from enum import Enum
from typing import Any

project = "groupy-check"
html_title = "groupy-check"
language = "en"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.githubpages"]
smartquotes = False  # would turn the -- of flags into a dash
default_role = "code"  # docstrings mark code with single backticks

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
add_module_names = False
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/icon.svg"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_domain_indices = False
pygments_style = "friendly"
pygments_dark_style = "monokai"

# The colours of reports/page/standalone.css.
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {
        "color-brand-primary": "#2d5f97", "color-brand-content": "#2d5f97", "color-brand-visited": "#5a4a91",
        "good": "#1a6b2c", "good-tint": "#e6f3e8", "bad": "#a51515", "bad-tint": "#fde8e6",
        "open": "#7a5600", "open-tint": "#fdf3d6", "paper": "none",
    },
    "dark_css_variables": {
        "color-brand-primary": "#86b4e6", "color-brand-content": "#86b4e6", "color-brand-visited": "#b9a6ec",
        "good": "#82d091", "good-tint": "#1b3323", "bad": "#ff9a92", "bad-tint": "#43211f",
        "open": "#e8c468", "open-tint": "#3d3315", "paper": "brightness(0.93)",
    },
}  # fmt: skip


def setup(app: Any) -> None:
    """Show the members of enums, though they have no docstrings, and hide the call signatures of enums."""
    app.connect("autodoc-skip-member", lambda _app, _what, _name, member, *_: False if isinstance(member, Enum) else None)
    app.connect("autodoc-process-signature", lambda _app, _what, _name, thing, *_: ("", None) if is_enum(thing) else None)


def is_enum(thing: object) -> bool:
    """Return whether `thing` is an enum class."""
    return isinstance(thing, type) and issubclass(thing, Enum)
