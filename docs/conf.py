"""Sphinx builds these pages: `tox -e docs`."""

from importlib.metadata import version as version_of

project = "napari-faseg"
author = "napari-faseg contributors"
copyright = f"2026, {author}"  # noqa: A001 Sphinx wants this name
version = release = version_of("napari-faseg")

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.intersphinx"]
exclude_patterns = ["_build"]
nb_execution_mode = "off"  # tests/test_docs.py executes every example
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # numpydoc's sections give the types with shape and unit
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "napari-faseg"
html_theme_options = {"github_url": "https://github.com/napari-faseg/napari-faseg"}
