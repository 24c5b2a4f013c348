"""The search: spellings that are one word, and for each term the chapter that teaches it."""

import json
import re

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.search.en import SearchEnglish

from .heads import CHAPTER

SPELLINGS = (  # as Python and JavaScript read them; what comes out is the course's own spelling
    (r"(\d)[\s-]*(?:x|×|by)[\s-]*(?=\d)", "$1x"),
    (r"([a-z]{4,})iz(?=ations?\b|e[drs]?\b|ers\b|ing\b)", "$1is"),
    (r"\b(col|neighb|behavi)or", "$1our"), (r"\bcenter", "centre"), (r"\bgray", "grey"),
    (r"\b(down|up)(?=sampl)", "$1 "), (r"\b(max|average)(?=pool)", "$1 "),
)


class English(SearchEnglish):
    """Sphinx's English, after `SPELLINGS`. A page need not have the words that only say what a reader is after."""

    stopwords = SearchEnglish.stopwords | {"code", "does", "example", "examples", "explained", "how", "implementation", "tutorial", "what", "why"}
    js_splitter_code = (
        "var splitQuery = query => [" + ", ".join(f"[/{old}/gi, {json.dumps(own)}]" for old, own in SPELLINGS) + "]"
        ".reduce((text, [old, own]) => text.replace(old, own), query).split(/[^\\p{Letter}\\p{Number}_]+/u).filter(word => word);")

    def split(self, text):
        for old, own in SPELLINGS:
            text = re.sub(old, own.replace("$", "\\"), text, flags=re.I)
        return super().split(text)


def add_lessons(app, pagename, templatename, context, doctree):
    """Tell the search page which chapter teaches each term of the glossary; ``scorer.js`` reads it."""
    if pagename == "search" and "book/glossary" in app.env.found_docs:
        lessons = {
            term.astext(): chapter[0]["reftarget"].removeprefix("../").removesuffix(".ipynb")
            for item in app.env.get_doctree("book/glossary").findall(nodes.definition_list_item)
            if (chapter := [link for link in item.findall(pending_xref) if CHAPTER.search(link["reftarget"])])
            for term in item.findall(nodes.term)
        }
        app.add_js_file(None, body=f"const LESSONS = {json.dumps(lessons)};")
