"""What the theme leaves to wish for: markup that screen readers stumble over, a flash, bytes, broken lines.

Made for sphinx-book-theme 1.3 on pydata-sphinx-theme 0.17 and MyST-NB 1.4. ``templates/`` overrides the theme's parts; each
change has its line in ``test_the_theme_is_mended``.
"""

from html import escape

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput
from pygments.formatters import HtmlFormatter
from pygments.token import Name, Punctuation, Text, Whitespace
from sphinx.transforms.post_transforms import SphinxPostTransform

# The theme's colours from the first moment, not when its script has run: no flash, one logo.
FIRST = """if (document.documentElement.dataset.theme === "auto")
    document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";"""
OPENING, CLOSING = "([“", ".,;:!?)]”’"  # stay on a line with the formula beside them


class PlainNames(HtmlFormatter):
    """Thousands of names, signs and blanks in code have the colour of plain text: no element for each."""

    def format(self, tokens, outfile):
        plain = ((Text if kind in (Name, Punctuation, Whitespace) else kind, text) for kind, text in tokens)
        return super().format(plain, outfile)


class WholeFormulas(SphinxPostTransform):
    """No line begins with the comma or full stop after a formula, none ends with the bracket before it."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_):
        for formula in list(self.document.findall(nodes.math)) if self.app.builder.name != "epub" else ():
            parent, place = formula.parent, formula.parent.index(formula)
            before, after = ([*parent[max(place - 1, 0):place], ""][0], [*parent[place + 1:place + 2], ""][0])
            left = before[len(before.rstrip(OPENING)):] if isinstance(before, nodes.Text) else ""
            right = after[:len(after) - len(after.lstrip(CLOSING))] if isinstance(after, nodes.Text) else ""
            if left or right:
                parts = [nodes.Text(before[:len(before) - len(left)])] if left else []
                parts.append(nodes.inline("", "", nodes.Text(left), formula.deepcopy(), nodes.Text(right), classes=["course-formula"]))
                parts += [nodes.Text(after[len(right):])] if right else []
                parent[place - bool(left):place + 1 + bool(right)] = parts


def visit_fold(self, node):
    """The visible words are the name of a fold. A paragraph may not stand in it."""
    names = "".join(f'<span class="{state} admonition-title">{escape(node[f"prompt_{word}"])}</span>\n'
                    for state, word in (("collapsed", "show"), ("expanded", "hide")))
    self.body.append(f'<details class="admonition hide {" ".join(node["classes"])}">\n<summary>\n{names}</summary>\n')


def name_headers(app, doctree, docname):
    """Give an empty header of a table a word for those who hear the page."""
    for head in doctree.findall(nodes.thead):
        for entry in head.findall(nodes.entry):
            if not entry.astext().strip():
                entry[:] = [nodes.paragraph("", "", nodes.inline("", "Row", classes=["visually-hidden"]))]


def name_folds(app, pagename, templatename, context, doctree):
    """Name each fold of the menu after the page above it."""
    generate = context.get("generate_toctree_html")

    def named(*args, **kwargs):
        menu = generate(*args, **kwargs)
        for fold in menu.select("a + details > summary"):
            fold["aria-label"] = f"Pages under {fold.parent.find_previous_sibling('a').text}"
            del fold.span["role"]
        return menu

    if generate:
        context["generate_toctree_html"] = named
