"""The map of the course: a picture with links, and a list."""

import re
from html import escape
from textwrap import wrap

from docutils import nodes
from docutils.parsers.rst import Directive


class course_map(nodes.General, nodes.Element):
    """Stands where the map is drawn."""


class CourseMap(Directive):
    """The parts and chapters of the table of contents, as a picture with links and as a list."""

    def run(self):
        return [course_map()]


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
            for shift in (12, 6, 0):
                out.append(f'<rect class="part sheet" x="{left + shift}" y="{top - shift}" width="{part_width}" height="{height}" rx="8"/>')
            head, _, name = part["name"].partition(": ")
            out.append(f'<text class="head" x="{left + 14}" y="{top + 24}">{escape(head)}</text>')
            out.append(f'<text class="name" x="{left + 14}" y="{top + 44}">{escape(name)}</text>')
            for j, (number, label, href) in enumerate(part["tiles"]):
                y = top + 58 + j * (tile + gap)
                lines = wrap(label, 16, break_long_words=False, break_on_hyphens=False)
                words = "".join(
                    f'<tspan x="{left + 48}" y="{y + tile / 2 + 5 + 17 * (k - (len(lines) - 1) / 2):g}">{escape(line)} </tspan>'
                    for k, line in enumerate(lines)
                )
                box = f'<rect x="{left + 10}" y="{y}" width="{part_width - 20}" height="{tile}" rx="5"/>'
                mark = f'<text class="number" x="{left + 32}" y="{y + tile / 2 + 6}">{number}</text>'
                out.append(f'<a href="{escape(href)}">{box}{mark}<text>{words}</text></a>')
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
                parts.append({"name": tree.caption, "tiles": tiles, "names": names})
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
            new += [nodes.rubric("", part["name"]), items]
        node.replace_self(new)
