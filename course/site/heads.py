"""Head of a chapter: its number, the time to read and to run it."""

import json
import re
from pathlib import Path

from docutils import nodes

CHAPTER = re.compile(r"notebooks/(\d\d)-")
WORDS_PER_MINUTE = 200  # prose
LINES_PER_MINUTE = 30  # code


def _times(nb, minutes):
    """The line under the title of a chapter, from its own words and the notebook's metadata."""
    text = "\n\n".join("".join(cell["source"]) for cell in nb["cells"] if cell["cell_type"] == "markdown")
    needs = re.search(r"\*\*Needs:\*\*(.*?)(\n\n|\Z)", text, re.S)
    run = re.search(r"(?<=\. )[^.]*\b(?:minutes?|hours?)\b[^.]*", needs[1].replace("\n", " ")) if needs else None
    stamp = nb["metadata"].get("course", {})
    parts = [f"{minutes} minutes to read"]
    if run:
        parts.append(f"To run: {run[0].strip()[0].lower()}{run[0].strip()[1:]}")
    elif "seconds" in stamp:
        parts.append(f"To run: {stamp['seconds']} seconds")
    if "versions" in stamp:
        parts.append(f"Outputs from a {stamp['profile']} run with Keras {stamp['versions']['keras']}")
    return parts


def add_head(app, doctree):
    """Number a chapter in the menus and say under its title how long it takes."""
    env, name = app.env, app.env.docname
    number = CHAPTER.match(name)
    title = next(doctree.findall(nodes.title), None)
    if name.startswith("solutions/") and title is not None:  # it bears the exercise's title
        for head in (title, env.titles[name], env.longtitles[name], next(env.tocs[name].findall(nodes.reference))):
            for text in list(head.findall(nodes.Text)):
                text.parent.replace(text, nodes.Text(text.replace("Exercise", "Solution", 1)))
    if not number or title is None:
        return
    words = sum(len(node.astext().split()) for node in doctree.findall(nodes.paragraph))
    lines = sum(
        node.astext().count("\n") + 1 for node in doctree.findall(nodes.literal_block)
        if "cell_input" in node.parent.get("classes", ())
    )
    nb = json.loads(Path(env.doc2path(name)).read_text(encoding="utf-8"))
    minutes = max(5, 5 * round((words / WORDS_PER_MINUTE + lines / LINES_PER_MINUTE) / 5))
    promise = next(doctree.findall(nodes.paragraph)).astext().replace("\n", " ")
    env.metadata[name]["promise"] = re.match(r".*?[.?](?= |$)", promise)[0]
    short = str(int(number[1]))
    where = title.parent.index(title)
    title.parent.insert(where, nodes.paragraph("", f"Chapter {short}", classes=["course-number"]))
    title.parent.insert(where + 2, nodes.paragraph("", " · ".join(_times(nb, minutes)), classes=["course-times"]))
    for menu in (env.titles[name], next(env.tocs[name].findall(nodes.reference))):
        menu.insert(0, nodes.Text(f"{short}. "))
