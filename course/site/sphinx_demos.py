"""The live demos' scripts and still pictures, on the pages that have a demo and on no other."""

import re
from html import escape

SCRIPTS = ["arithmetic.js", "ui.js"]  # before the demo's own
DEMOS = {  # element, and what its still picture shows
    "sliding-kernel": "A 5x5 image of numbers with a 3x3 window marked, the nine weights of a Laplacian kernel, the 3x3 feature "
                      "map, and the nine products whose sum is the marked value of the map.",
    "size-calculator": "A table of the layers of a small network: output, parameters, multiply-adds, memory, receptive field and "
                       "jump of each.",
    "pooling": "A 6x6 map of numbers; in each 2x2 window the largest stands out and the other three are struck through; beside "
               "it the pooled 3x3 map.",
    "receptive-field": "Grids of units of four layers, the image last; one unit of the deepest layer is marked, and in each layer "
                       "below the square of units that it sees.",
    "draw-digit": "A 2 of the test set as the network gets it, the probabilities of the ten digits as bars, and the feature maps "
                  "of each layer.",
    "capture-go": "A wooden board of seven by seven with three black and two white stones; on the empty points the "
                  "probability that the network gives to a white move there.",
}


def add_demos(app, pagename, templatename, context, doctree):
    """Load the scripts of the demos that stand in a page, and put a still picture into each for readers without scripts."""
    body = context.get("body") or ""
    found = sorted(set(re.findall(r"<course-([a-z-]+)", body)) & set(DEMOS))
    if not found:
        return

    def picture(name):
        address = context["pathto"](f"_static/demos/{name}.png", 1)
        return f'<img class="demo-still" src="{address}" alt="{escape(DEMOS[name])}"/>'

    names = "|".join(found)
    if app.builder.name == "epub":  # a book shows the picture and the words
        body = re.sub(rf"<course-({names})(?: [^>]*)?>", lambda match: f"<div>{picture(match[1])}", body)
        context["body"] = re.sub(rf"</course-({names})>", "</div>", body)
        return
    app.add_css_file("demos/demos.css")
    for script in SCRIPTS + [f"{name}.js" for name in found]:
        app.add_js_file(f"demos/{script}", loading_method="defer")
    context["body"] = re.sub(rf"<course-({names})(?: [^>]*)?>",
                             lambda match: f"{match[0]}\n<noscript>{picture(match[1])}</noscript>", body)
