"""Sphinx extension: the reading path of a lecture, with the time that it takes.

::

    ```{reading-path} 01 02 04
    ```

lists these chapters in this order and adds up the minutes that stand under their titles: those to read, and those to run the
quick profile on a CPU. Chapters that are not there yet are left out.
"""

import hashlib
import math
import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive

CHAPTER = re.compile(r"notebooks/(\d\d)-")
READ = re.compile(r"(\d+) minutes to read")
RUN = re.compile(r"To run: .*?\b(half a|a|an|\d+) (second|minute|hour)")
MINUTES = {"second": 1 / 60, "minute": 1, "hour": 60}


class reading_path(nodes.General, nodes.Element):
    """Stands where a path is listed; ``chapters`` are their numbers."""


class ReadingPath(Directive):
    """The chapters that the arguments name, as a list with their times and the sum."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        return [reading_path(chapters=self.arguments[0].split())]


def minutes(line):
    """Minutes to read and to run, from the line under a chapter's title.

    Parameters
    ----------
    line : str
        "25 minutes to read · To run: about 1 minute on a CPU (quick profile), ..."

    Returns
    -------
    (int, float)
    """
    read, run = READ.search(line), RUN.search(line)
    amount = {"half a": 0.5, "a": 1, "an": 1}.get(run[1]) or float(run[1]) if run else 0
    return int(read[1]) if read else 0, amount * MINUTES[run[2]] if run else 0


def hours(total):
    """Minutes as hours, rounded up to the next half: "about 3 and a half hours"."""
    halves = math.ceil(total / 30)
    whole, half = divmod(halves, 2)
    if not whole:
        return "about half an hour"
    return f"about {whole}{' and a half' if half else ''} hour{'s' if halves > 2 else ''}"


def list_chapters(app, doctree, docname):
    """Put the list in the place of each ``reading-path`` directive."""
    env = app.env
    places = list(doctree.findall(reading_path))
    if not places:
        return
    times = {}
    for name in env.found_docs:
        if number := CHAPTER.match(name):
            line = next((node.astext() for node in env.get_doctree(name).findall(nodes.paragraph) if "course-times" in node["classes"]), "")
            times[number[1]] = (name, *minutes(line))
    for place in places:
        there = [times[number] for number in place["chapters"] if number in times]
        items = nodes.bullet_list(bullet="-")  # the titles bear the chapters' numbers
        for name, read, _ in there:
            link = nodes.reference("", env.titles[name].astext(), internal=True, refuri=app.builder.get_relative_uri(docname, name))
            items += nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(f": {read} minutes")))
        read, run = (sum(times[i] for _, *times in there) for i in (0, 1))
        total = nodes.strong("", f"{hours(read + run).capitalize()}")
        words = nodes.Text(f": {read} minutes to read {len(there)} chapters, {math.ceil(run)} minutes to run them.")
        place.replace_self([items, nodes.paragraph("", "", total, words)])


def pages_to_renew(app, env, added, changed, removed):
    """A path shows the times of the chapters."""
    return {"book/lectures"} & env.found_docs


def setup(app):
    # A change of this file renews the pages.
    app.add_config_value("course_lectures", hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), "env")
    app.add_node(reading_path)
    app.add_directive("reading-path", ReadingPath)
    app.connect("doctree-resolved", list_chapters)
    app.connect("env-get-outdated", pages_to_renew)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
