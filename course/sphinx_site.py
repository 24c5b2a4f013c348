"""Sphinx extension of the site: buttons, reading times, glossary links, the course map, small pictures, sound markup."""

import hashlib
import json
import os
import posixpath
import re
import shutil
import subprocess
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from PIL import Image
from sphinx.addnodes import pending_xref
from sphinx.builders.epub3 import Epub3Builder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.transforms.post_transforms.images import ImageConverter
from sphinx.util.nodes import make_refnode

CHAPTER = re.compile(r"notebooks/(\d\d)-")
WORDS_PER_MINUTE = 200  # prose
LINES_PER_MINUTE = 30  # code
ORDINARY = {"bottleneck", "degradation", "flatten", "group", "head", "same", "valid"}  # terms only where they stand out: bold, italic or code
OTHERWISE = {"notebooks/06-downsampling": {"loss"}, "notebooks/16-densenet": {"dense layer"}}  # words that mean something else there
LOSSLESS = 40_000  # bytes: a larger picture is a photograph, and is compressed as such


def repository(configured, folder):
    """Address of the repository as https://host/owner/name, or None.

    Looked for in this order: `configured`, the CI that builds the site (GitHub, GitLab), git's remote "origin".

    Parameters
    ----------
    configured : str
    folder : path
        The checkout.
    """
    if configured:
        return configured.rstrip("/")
    if os.environ.get("GITHUB_REPOSITORY"):
        return f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{os.environ['GITHUB_REPOSITORY']}"
    if os.environ.get("CI_PROJECT_URL"):
        return os.environ["CI_PROJECT_URL"]
    try:
        remote = subprocess.run(
            ["git", "remote", "get-url", "origin"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.fullmatch(r"(?:https://|git@|ssh://git@)(?:[^@/]*@)?([\w.-]+\.\w+)[:/](.+?)(?:\.git)?/?", remote)
    return f"https://{match[1]}/{match[2]}" if match else None


def add_buttons(app, config):
    """Switch the theme's buttons on where they can work. Colab opens notebooks from GitHub only."""
    options = config.html_theme_options
    url = repository(options.get("repository_url", ""), Path(app.srcdir))
    options.update(repository_url=url or "", use_repository_button=bool(url), path_to_docs="")
    if url and url.startswith("https://github.com/"):
        options["launch_buttons"] = {"colab_url": "https://colab.research.google.com", "notebook_interface": "classic"}
        app.tags.add("colab")
    else:
        options["launch_buttons"] = {}


# Head of a chapter: its number, the time to read and to run it


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


# The glossary


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


def pages_to_renew(app, env, added, changed, removed):
    """The map shows all chapters; a change of the glossary changes the chapters."""
    chapters = {name for name in env.found_docs if CHAPTER.match(name)} if "book/glossary" in changed else set()
    return chapters | ({app.config.root_doc, "book/index"} & env.found_docs)


# The map of the course


class course_map(nodes.General, nodes.Element):
    """Stands where the map is drawn; ``planned`` holds (part, topics) that are not there yet."""


class CourseMap(Directive):
    """The parts and chapters of the table of contents, as a picture with links and as a list.

    Each line of the content names a part that is planned: ``Part 5: Title | topic, topic``.
    """

    has_content = True

    def run(self):
        return [course_map(planned=[[half.strip() for half in line.split("|")] for line in self.content if line.strip()])]


def _wrap(text, width):
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _draw(parts, columns, kind):
    """The map as SVG: each part a stack of feature maps, each chapter a tile that is a link."""
    tile, gap, part_width = 46, 8, 204
    heights = [64 + len(part["tiles"]) * (tile + gap) for part in parts]
    rows = [range(i, min(i + columns, len(parts))) for i in range(0, len(parts), columns)]
    out, top, path = [], 14, []
    for row in rows:
        height = max(heights[i] for i in row)
        for column, i in enumerate(row):
            part, left = parts[i], 4 + column * (part_width + 34)
            style = "part" if part["names"] else "planned"
            for shift in (12, 6, 0):
                out.append(f'<rect class="{style} sheet" x="{left + shift}" y="{top - shift}" width="{part_width}" height="{height}" rx="8"/>')
            head, _, name = part["name"].partition(": ")
            out.append(f'<text class="head" x="{left + 14}" y="{top + 24}">{escape(head)}</text>')
            out.append(f'<text class="name" x="{left + 14}" y="{top + 44}">{escape(name)}</text>')
            for j, (number, label, href) in enumerate(part["tiles"]):
                y = top + 58 + j * (tile + gap)
                lines = _wrap(label, 16 if number else 22)
                words = "".join(
                    f'<tspan x="{left + (48 if number else 22)}" y="{y + tile / 2 + 5 + 17 * (k - (len(lines) - 1) / 2):g}">{escape(line)} </tspan>'
                    for k, line in enumerate(lines)
                )
                box = f'<rect x="{left + 10}" y="{y}" width="{part_width - 20}" height="{tile}" rx="5"/>'
                mark = f'<text class="number" x="{left + 32}" y="{y + tile / 2 + 6}">{number}</text>' if number else ""
                body = f"{box}{mark}<text>{words}</text>"
                out.append(f'<a href="{escape(href)}">{body}</a>' if href else f'<g class="topic">{body}</g>')
            if column + 1 < len(row):
                x, y = left + part_width + 15, top + 32
                path.append(f'<path class="arrow" d="M{x} {y}h14m-5 -5l5 5l-5 5"/>')
        if row[-1] + 1 < len(parts):
            first, last = 4 + part_width / 2, 4 + part_width / 2 + (len(row) - 1) * (part_width + 34)
            path.append(f'<path class="arrow" d="M{last:g} {top + height + 4}v10H{first:g}v14m-5 -5l5 5l5 -5"/>')
        top += height + 48
    width = 4 + columns * (part_width + 34) - 34 + 16
    return f'<svg class="course-map {kind}" viewBox="0 0 {width} {top - 44}" xmlns="http://www.w3.org/2000/svg">{"".join(out + path)}</svg>'


def draw_map(app, doctree, docname):
    """Put the map in the place of each ``course-map`` directive."""
    env = app.env
    for node in list(doctree.findall(course_map)):
        parts = []
        for tree in env.external_site_map.root.subtrees:
            if re.match(r"Part \d", tree.caption or ""):
                names = [str(item) for item in tree.items if str(item) in env.titles]
                tiles = []
                for name in names:
                    number, _, title = env.titles[name].astext().partition(". ")
                    tiles.append((number, title.split(":")[0], app.builder.get_relative_uri(docname, name)))
                parts.append({"name": tree.caption, "tiles": tiles, "names": names, "planned": ""})
        known = {part["name"].split(":")[0]: part for part in parts}
        for name, topics in node["planned"]:  # a part that has begun keeps its chapters, and gets what is to come
            part = known.get(name.split(":")[0])
            if not part:
                parts.append(part := {"name": name, "tiles": [], "names": []})
            part["tiles"] += [("", topic.strip(), "") for topic in topics.split(",")]
            part["planned"] = topics
        new = []
        if app.builder.name != "epub":
            new.append(nodes.raw("", '<nav class="course-maps" aria-label="Map of the course">'
                                 f'{_draw(parts, 3, "wide")}{_draw(parts, 1, "narrow")}</nav>', format="html"))
        for part in parts:
            items = nodes.bullet_list()
            for name in part["names"]:
                title = env.titles[name].astext()
                link = nodes.reference("", title, internal=True, refuri=app.builder.get_relative_uri(docname, name))
                promise = nodes.Text(" " + env.metadata[name].get("promise", ""))
                items += nodes.list_item("", nodes.paragraph("", "", nodes.strong("", "", link), promise))
            if part["planned"]:
                items += nodes.list_item("", nodes.paragraph("", f"Planned: {part['planned']}."))
            new += [nodes.rubric("", part["name"]), items]
        node.replace_self(new)


# Pictures


class SmallPictures(ImageConverter):
    """Turn the PNGs of the notebooks into WebP, made once for each picture."""

    def match(self, node):
        return self.app.builder.format == "html" and node["uri"].endswith(".png")

    def get_conversion_rule(self, node):
        return "image/png", "image/webp"

    def convert(self, source, target):
        if not os.path.exists(target):
            picture = Image.open(source)
            opaque = picture.mode != "RGBA" or picture.getchannel("A").getextrema()[0] == 255
            picture = picture.convert("RGB" if opaque else "RGBA")
            picture.save(target, lossless=True, method=4)
            if os.path.getsize(target) > LOSSLESS:
                photograph = f"{target}.webp"
                picture.save(photograph, quality=85, method=4, use_sharp_yuv=True)
                smaller = os.path.getsize(photograph) < 0.7 * os.path.getsize(target)
                os.replace(photograph, target) if smaller else os.remove(photograph)
        return True


def visit_image(self, node):
    """A picture is loaded when it is near; its size is known before, so that nothing jumps."""
    source = node["uri"]
    type(self).visit_image(self, node)
    if source.endswith(".webp"):
        with Image.open(source) as picture:
            size = f'width="{picture.width}" height="{picture.height}"'
        self.body[-1] = self.body[-1].replace("<img ", f'<img loading="lazy" {size} ', 1)


def depart_image(self, node):
    type(self).depart_image(self, node)


# Formulas of the EPUB: its readers know MathML, and few run scripts


def _mathml(self, node, display):
    from latex2mathml.converter import convert

    formula = convert(node.astext(), display="block" if display else "inline")
    self.body.append(f"<div>{formula}</div>" if display else formula)
    raise nodes.SkipNode


def inline_mathml(self, node):
    _mathml(self, node, False)


def block_mathml(self, node):
    _mathml(self, node, True)


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


# Markup of the theme that screen readers stumble over

MENDED = [
    # The theme's colours from the first moment, not when its script has run: no flash, one logo.
    (r'(localStorage\.getItem\("theme"\) \|\| )"auto"', r'\1(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")'),
    # One address of MathJax on all pages, or the browser loads it twice: Sphinx adds a checksum once the file is there.
    (r'(mathjax/tex-chtml\.js)\?v=\w+', r"\1"),
    # Thousands of names, signs and blanks in code have the colour of plain text: no element for each.
    (r'<span class="[npw]">([^<]*)</span>', r"\1"),
    # No line begins with the comma or full stop after a formula, none ends with the bracket before it.
    (r'((?:[(\[“]+<span class="math [^>]*>[^<]*</span>[.,;:!?)\]”’]*)|(?:<span class="math [^>]*>[^<]*</span>[.,;:!?)\]”’]+))',
     r'<span class="course-formula">\1</span>'),
    # What only thebe reads.
    (r"(?s)<script type=\"text/x-thebe-config\">.*?</script>|<script>kernelName = '\w*'</script>", ""),
    # A paragraph may not stand in the name of a fold.
    (r'<p class="(collapsed|expanded) admonition-title">([^<]*)</p>', r'<span class="\1 admonition-title">\2</span>'),
    # The visible words are the name of a fold and of the search button.
    ('<summary aria-label="Toggle hidden content">', "<summary>"),
    (r'(<button class="btn search-button-field[^>]*?) title="Search" aria-label="Search"', r"\1"),
    (r'>([^<]+)</a><details( open="open")?><summary><span class="toctree-toggle" role="presentation">',
     r'>\1</a><details\2><summary aria-label="Pages under \1"><span class="toctree-toggle">'),
    (r'(<i class="theme-switch[^>]*) title="[^"]*"', r"\1"),
    (r'<div id="pst-primary-sidebar"', '<div id="pst-primary-sidebar" role="complementary" aria-label="Course"'),
]


def mend_pages(app):
    """Mend each page after the theme has rendered it."""
    if app.builder.format != "html":
        return
    render = app.builder.templates.render

    def mended(template, context):
        page = render(template, context)
        for pattern, new in MENDED:
            page = re.sub(pattern, new, page)
        return page

    app.builder.templates.render = mended


def drop_files(app, pagename, templatename, context, doctree):
    """Leave out what only loads from elsewhere (thebe); in the EPUB, all scripts and the site's style sheets."""
    if app.builder.name == "epub":
        context["script_files"] = []
        context["css_files"] = [file for file in context["css_files"] if re.search(r"(pygments|ebook)\.css", str(file.filename))]
        return
    for kind in ("script_files", "css_files"):
        if kind in context:
            context[kind] = [
                file for file in context[kind]
                if "thebe" not in str(getattr(file, "filename", "")) + str(getattr(file, "attributes", {}).get("body", "")).lower()
            ]


ENTRY = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<link rel="icon" href="_static/favicon.svg">
<meta http-equiv="refresh" content="0; url={start}">
<p><a href="{start}">{title}</a></p>
</html>
"""


def write_entry(app, exception):
    """Write the page at the root that leads to the first one. That of sphinx-external-toc has neither icon nor title."""
    if exception is None and app.builder.format == "html":
        start = app.builder.get_target_uri(app.config.master_doc)
        (Path(app.outdir) / "index.html").write_text(
            ENTRY.format(title=escape(app.config.html_title), start=start), encoding="utf-8")


def name_headers(app, doctree, docname):
    """Give an empty header of a table a word for those who hear the page."""
    for head in doctree.findall(nodes.thead):
        for entry in head.findall(nodes.entry):
            if not entry.astext().strip():
                entry[:] = [nodes.paragraph("", "", nodes.inline("", "Row", classes=["visually-hidden"]))]


def setup(app):
    # A change of this file renews all pages.
    app.add_config_value("course_site", hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), "env")
    app.connect("config-inited", add_buttons, priority=100)
    app.connect("doctree-read", add_head, priority=900)  # when titles and menus are known
    app.connect("env-get-outdated", pages_to_renew)
    app.add_post_transform(GlossaryLinks)
    app.add_node(course_map)
    app.add_directive("course-map", CourseMap)
    app.connect("doctree-resolved", draw_map)
    app.connect("doctree-resolved", name_headers)
    app.add_post_transform(SmallPictures)
    app.add_node(nodes.image, override=True, html=(visit_image, depart_image))
    app.add_html_math_renderer("mathml", (inline_mathml, None), (block_mathml, None))
    app.connect("builder-inited", mend_pages)
    app.add_builder(Book, override=True)
    app.connect("html-page-context", drop_files, priority=900)
    app.connect("build-finished", write_entry, priority=100)
    # A browser that opens a file may not fetch other files: no summaries in the search results then.
    app.add_js_file(None, body='DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";', priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
