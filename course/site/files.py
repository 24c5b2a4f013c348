"""Files that the site leaves out or gets: thebe, MathJax, templates, the page at its root."""

from html import escape
from pathlib import Path

# A browser that opens a file may not fetch other files: no summaries in the search results then.
NO_SUMMARIES = 'DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";'
ENTRY = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<link rel="icon" href="_static/favicon.svg">
<meta http-equiv="refresh" content="0; url={start}">
<p><a href="{start}">{title}</a></p>
</html>
"""


def choose_files(app, config):
    """Leave out thebe, which only loads from elsewhere. MathJax is there before the pages, so all name it by one address."""
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files = [file for file in app.registry.css_files if file[0] != "sphinx-thebe.css"]
    mathjax = Path(app.extensions["sphinx-mathjax-offline"].module.__file__)
    config.html_static_path.insert(0, str(mathjax.parent / "static"))
    templates = Path(__file__).parent / "templates"
    config.templates_path.append(str(templates))
    config.html_search_scorer = str(templates / "scorer.js")


def write_entry(app, exception):
    """Write the page at the root that leads to the first one. That of sphinx-external-toc has neither icon nor title."""
    if exception is None and app.builder.format == "html":
        start = app.builder.get_target_uri(app.config.master_doc)
        (Path(app.outdir) / "index.html").write_text(
            ENTRY.format(title=escape(app.config.html_title), start=start), encoding="utf-8")
