"""Links from the chapters to the glossary."""

import re

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from .heads import CHAPTER

ORDINARY = {"anchor", "bottleneck", "chain", "degradation", "flatten", "group", "head", "precision", "recall", "same", "valid"}  # terms only where they stand out: bold, italic or code
OTHERWISE = {"notebooks/06-downsampling": {"loss"}, "notebooks/16-densenet": {"dense layer"}}  # words that mean something else there


class GlossaryLinks(SphinxPostTransform):
    """Link the first occurrence of each glossary term on a chapter's page."""

    default_priority = 5
    formats = ("html",)
    skipped = (nodes.title, nodes.reference, pending_xref, nodes.literal, nodes.literal_block, nodes.raw, nodes.math, nodes.caption)

    def run(self, **_):
        if not CHAPTER.match(self.env.docname):
            return
        terms = {term: place for (kind, term), place in self.env.domaindata["std"]["objects"].items() if kind == "term"}
        if not terms:
            return
        meanings = self.meanings()
        plain = sorted(terms.keys() - ORDINARY - OTHERWISE.get(self.env.docname, set()), key=len, reverse=True)
        # A capital inside a term counts: "Adam", "ReLU".
        words = [re.sub(r"\\ ", r"\\s", re.escape(t)) for t in plain]  # a line may end within a term
        words = [word if t.lower() != t else f"(?i:{word})" for t, word in zip(plain, words)]
        pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(f'(?P<t{i}>{word})' for i, word in enumerate(words))})(?:s|es)?(?![\w-])")
        done = set()

        def link(term, child):
            place = terms[term]
            if place in done:
                return None
            done.add(place)
            node = make_refnode(self.app.builder, self.env.docname, *place, child, meanings.get(place[1]))
            node["classes"].append("course-term")
            return node

        for parent in list(self.document.findall(nodes.paragraph)):  # MyST ends a line with a text of its own
            whole = []
            for child in parent.children:
                joins = whole and isinstance(child, nodes.Text) and isinstance(whole[-1], nodes.Text)
                whole.append(nodes.Text(whole.pop() + child) if joins else child)
            parent[:] = whole
        for text in list(self.document.findall(nodes.Text)):
            parent = text.parent
            standing_out = isinstance(parent, (nodes.strong, nodes.emphasis, nodes.literal)) and len(parent) == 1
            if standing_out and text.lower() == "same" and not isinstance(parent, nodes.literal):
                after = "".join(node.astext() for node in parent.parent[parent.parent.index(parent) + 1:][:1])
                standing_out = not re.match(r"\s(?!padding|and\b|or\b)\w", after)  # "at the *same* epoch" is no padding
            ordinary = standing_out and next((t for t in (text.lower(), text.lower().rstrip("s")) if t in ORDINARY & terms.keys()), None)
            above, inside = parent.parent if ordinary else parent, False
            while above is not None and not inside:
                inside = isinstance(above, self.skipped) or not {"course-times", "cell_output"}.isdisjoint(above.get("classes", ()))
                inside = inside or isinstance(above, nodes.paragraph) and above.astext().startswith("Sources:")
                above = above.parent
            if inside:
                continue
            if ordinary:
                if node := link(ordinary, parent.deepcopy()):
                    parent.replace_self(node)
                continue
            parts, rest = [], 0
            for match in pattern.finditer(text):
                term = plain[int(match.lastgroup[1:])]
                if node := link(term, nodes.inline("", match[0])):
                    parts += [nodes.Text(text[rest:match.start()]), node]
                    rest = match.end()
            if parts:
                parent.replace(text, [*parts, nodes.Text(text[rest:])])

    def meanings(self):
        """First sentence of each definition, by the anchor of its term."""
        if not hasattr(self.app, "course_meanings"):
            page = next(place[0] for (kind, _), place in self.env.domaindata["std"]["objects"].items() if kind == "term")
            self.app.course_meanings = {
                anchor: re.match(r".*?[.](?= |$)|.*", item.children[-1].astext().replace("\n", " "))[0]
                for item in self.env.get_doctree(page).findall(nodes.definition_list_item)
                for term in item.findall(nodes.term) for anchor in term["ids"]
            }
        return self.app.course_meanings


def chapters_to_renew(app, env, added, changed, removed):
    """A change of the glossary changes the chapters."""
    return {name for name in env.found_docs if CHAPTER.match(name)} if "book/glossary" in changed else set()
