"""The EPUB: the whole course without scripts, formulas as MathML."""

import posixpath
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.builders.epub3 import Epub3Builder


def mathml(self, node):
    """A formula as MathML: readers of an EPUB know it, and few run scripts."""
    from latex2mathml.converter import convert

    display = isinstance(node, nodes.math_block)
    formula = convert(node.astext(), display="block" if display else "inline")
    self.body.append(f"<div>{formula}</div>" if display else formula)
    raise nodes.SkipNode


class Book(Epub3Builder):
    """Sphinx's EPUB, with the whole table of contents, without scripts, buttons and the site's style sheets."""

    def init(self):
        config = self.config
        config.html_math_renderer = "mathml"
        config.epub_tocscope = "includehidden"
        config.epub_css_files = [("ebook.css", {})]
        config.epub_basename, config.epub_title = "course", config.html_title
        config.epub_description = "An open, executable course on convolutional neural networks."
        config.epub_show_urls = "no"
        config.epub_exclude_files = ["index.html", ".buildinfo", "copybutton.js_t"]  # the last: left by the copy buttons
        config.html_static_path = config.html_extra_path = []
        config.version = config.version or "1"
        super().init()

    def get_toc(self):
        super().get_toc()
        for node in self.refnodes:  # the root page is in a folder: ../ within the addresses
            node["refuri"] = posixpath.normpath(node["refuri"])

    def build_content(self):
        super().build_content()
        path = Path(self.outdir) / "content.opf"
        # A page with formulas says so.
        path.write_text(re.sub(
            r'(<item (?![^>]*properties)[^>]*href="([^"]+\.xhtml)"[^>]*?) ?/>',
            lambda item: f'{item[1]} properties="mathml"/>' if "<math" in (path.parent / item[2]).read_text("utf-8") else item[0],
            path.read_text("utf-8"),
        ), "utf-8")

    def copy_static_files(self):
        super().copy_static_files()
        source, target = Path(self.srcdir) / "book/_static", Path(self.outdir) / "_static"
        (target / "demos").mkdir(parents=True, exist_ok=True)
        for file in [source / "ebook.css", *source.glob("demos/*.png")]:
            shutil.copy(file, target / file.relative_to(source))


def drop_files(app, pagename, templatename, context, doctree):
    """Leave out all scripts and the site's style sheets."""
    if app.builder.name == "epub":
        context["script_files"] = []
        context["css_files"] = [file for file in context["css_files"] if re.search(r"(pygments|ebook)\.css", str(file.filename))]
