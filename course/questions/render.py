"""Markdown of the questions as HTML, with formulas for MathJax or as MathML."""

import re
from functools import lru_cache
from html import escape

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

FORMULAS = {
    "mathjax": lambda tex, display: f'<span class="math notranslate nohighlight">\\({escape(tex)}\\)</span>',  # as Sphinx writes it
    "tex": lambda tex, display: f"\\({escape(tex)}\\)",  # what Moodle and Canvas look for
    "mathml": lambda tex, display: convert(tex),
}
NO_HEAD = re.compile(r"<thead>\s*<tr>\s*(?:<th[^>]*>\s*</th>\s*)+</tr>\s*</thead>\s*")
# No line begins with the comma or full stop after a formula.
SIGN_AFTER = re.compile(r'(<span class="math [^>]*>[^<]*</span>[.,;:!?)\]]+)')


@lru_cache
def _parser(formulas):
    write = FORMULAS[formulas]
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.use(dollarmath_plugin, double_inline=True)
    for kind, display in (("math_inline", False), ("math_inline_double", True), ("math_block", True)):
        parser.add_render_rule(kind, lambda _, tokens, i, *rest, display=display: write(tokens[i].content.strip(), display))
    return parser


@lru_cache(maxsize=None)
def to_html(text, formulas="mathjax"):
    """Turn Markdown into HTML.

    Parameters
    ----------
    text : str
    formulas : {"mathjax", "tex", "mathml"}

    Returns
    -------
    str
        Without the paragraph around it where it is one paragraph.
    """
    html = NO_HEAD.sub("", _parser(formulas).render(text).strip())
    html = SIGN_AFTER.sub(r'<span class="course-formula">\1</span>', html)
    if html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1:
        html = html[len("<p>"):-len("</p>")]
    return html
