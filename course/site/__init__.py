"""The site: an extension of Sphinx whose rooms are the modules, and what prints, photographs and opens pages."""

import hashlib
from pathlib import Path


def setup(app):
    """Hang each room's functions into Sphinx; Sphinx calls this."""
    from docutils.nodes import image
    from sphinx.highlighting import PygmentsBridge
    from sphinx.search import languages

    from . import buttons, epub, files, glossary, heads, map, pictures, search, sphinx_demos, theme

    folder = Path(__file__).parent
    # A change of these files renews all pages.
    sources = b"".join(path.read_bytes() for path in sorted([*folder.glob("*.py"), *folder.glob("templates/*")]))
    app.add_config_value("course_site", hashlib.sha256(sources).hexdigest(), "env")
    app.connect("config-inited", buttons.add_buttons, priority=100)
    app.connect("doctree-read", heads.add_head, priority=900)  # when titles and menus are known
    app.add_post_transform(glossary.GlossaryLinks)
    app.connect("env-get-outdated", glossary.chapters_to_renew)
    app.add_node(map.course_map)
    app.add_directive("course-map", map.CourseMap)
    app.connect("doctree-resolved", map.draw_map)
    app.connect("env-get-outdated", lambda app, env, *_: {app.config.root_doc, "book/index"} & env.found_docs)  # pages with a map
    app.add_post_transform(pictures.SmallPictures)
    app.add_post_transform(pictures.SoundFiles)
    app.add_node(image, override=True, html=(pictures.visit_image, lambda self, node: type(self).depart_image(self, node)))
    app.connect("html-page-context", sphinx_demos.add_demos)
    PygmentsBridge.html_formatter = theme.PlainNames
    app.connect("html-page-context", theme.name_folds, priority=900)
    app.connect("doctree-resolved", theme.name_headers)
    app.add_post_transform(theme.WholeFormulas)
    app.add_node(theme.HideCodeCellNode, override=True, html=(theme.visit_fold, theme.depart_HideCellInput))
    app.add_js_file(None, body=theme.FIRST, priority=0)
    app.connect("config-inited", files.choose_files)
    app.connect("build-finished", files.write_entry, priority=100)
    languages["en"] = search.English
    app.connect("html-page-context", search.add_lessons)
    app.add_js_file(None, body=files.NO_SUMMARIES, priority=600)
    app.add_html_math_renderer("mathml", (epub.mathml, None), (epub.mathml, None))
    app.add_builder(epub.Book, override=True)
    app.connect("html-page-context", epub.drop_files, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
