"""Sphinx extension: *Check yourself* at the end of each chapter that has questions.

The page holds five questions with folded answers, for readers without scripts, for the EPUB and for paper. With scripts, the
element ``<course-questions>`` (book/_static/questions) takes their place, and draws from the instances that stand in it as JSON.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform

from course.questions import bank, draw
from course.questions.render import to_html

CHAPTER = re.compile(r"notebooks/(\d\d)-")
ELEMENT = re.compile(r'<course-questions chapter="(\d+)">')
SHOWN = 5  # questions at once
MOST, TOGETHER = 12, 100  # different instances of a template; of all templates of a chapter: more would make the page heavy
LETTERS = "ABCDEF"
INTRODUCTION = "Five questions on this chapter. Each wrong answer is one that people give; its explanation says what happened."
UNFOLD = "Answer"


def instances(template, count):
    """At most so many different questions of one template, in the order of their seeds."""
    found = {}
    for seed in range(3 * count):
        question = draw(template, seed)
        found.setdefault((question.text, frozenset(option.label for option in question.options)), question)
    return list(found.values())[:count]


def data(chapter):
    """What the element needs to know: ``strings`` (HTML), and for each template its instances as numbers of strings.

    An instance is ``[text, right option, [label, explanation], ...]``. Each string stands there once.
    """
    numbers = {}

    def string(text):
        return numbers.setdefault(to_html(text), len(numbers))

    there, templates = bank([chapter]), []
    for template in there:
        items = []
        for question in instances(template, min(MOST, TOGETHER // len(there))):
            right = next(i for i, option in enumerate(question.options) if option.right)
            options = [[string(option.label), string(option.says)] for option in question.options]
            items.append([string(question.text), right, *options])
        templates.append(items)
    return {"strings": list(numbers), "templates": templates}


def as_script(content):
    """Data as an element that no browser runs."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/json">{text}</script>'


def markdown(chapter):
    """The section for readers without scripts, as Markdown."""
    lines = ["## Check yourself", "", INTRODUCTION, "", f'<course-questions chapter="{chapter}">', ""]
    for number, template in enumerate(bank([chapter])[:SHOWN], 1):
        question = draw(template, 0)
        lettered = list(zip(LETTERS, question.options))
        lines += [f"**{number}.** {question.text.strip()}", ""]
        lines += [f"- **{letter}** {option.label}" for letter, option in lettered]
        lines += ["", "<details>", f"<summary>{UNFOLD} {number}</summary>", ""]
        lines += [f"**{letter}.** {option.why}" for letter, option in lettered if option.right]
        lines += ["", *(f"- **{letter}** {option.says}" for letter, option in lettered if not option.right)]
        lines += ["", "</details>", ""]
    return "\n".join([*lines, "</course-questions>"])


def add_section(app, docname, source):
    """Give the notebook of a chapter one cell more, before it is read."""
    number = CHAPTER.match(docname)
    if number and bank([number[1]]):
        notebook = json.loads(source[0])
        cell = {"cell_type": "markdown", "metadata": {}, "source": markdown(int(number[1]))}
        if notebook.get("nbformat_minor", 0) >= 5:
            cell["id"] = "check-yourself"
        notebook["cells"].append(cell)
        source[0] = json.dumps(notebook)


class PlainGrids(SphinxTransform):
    """A grid of numbers has no heads of columns: leave out a table's head that is empty."""

    default_priority = 400

    def apply(self):
        for head in list(self.document.findall(nodes.thead)):
            if CHAPTER.match(self.env.docname) and not head.astext().strip():
                head.parent.remove(head)


def load_formulas(app, doctree):
    """A question may have a formula where the page has none: MathJax is needed all the same."""
    number = CHAPTER.match(app.env.docname)
    if number and bank([number[1]]):
        app.env.get_domain("math").data["has_equations"][app.env.docname] = True


def add_data(app, pagename, templatename, context, doctree):
    """Put the instances into the page, and load the element's script and style there."""
    body = context.get("body") or ""
    found = ELEMENT.search(body)
    if not found:
        return
    if app.builder.name == "epub":
        context["body"] = ELEMENT.sub("<div>", body).replace("</course-questions>", "</div>")
        return
    context["body"] = body[:found.end()] + as_script(data(int(found[1]))) + body[found.end():]
    app.add_css_file("questions/questions.css")
    app.add_js_file("questions/questions.js", loading_method="defer")


def setup(app):
    # A change of the questions renews the chapters.
    files = sorted(Path(sys.modules["course.questions"].__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    app.add_config_value("course_questions", digest, "env")
    app.connect("source-read", add_section)
    app.add_transform(PlainGrids)
    app.connect("doctree-read", load_formulas)
    app.connect("html-page-context", add_data)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
