"""The whole course as one PDF: the site's pages, printed by chromium and joined."""

import html
import re
import sys
import tempfile
from pathlib import Path

from .browser import open_browser

MARGIN = {"top": "18mm", "bottom": "18mm", "left": "18mm", "right": "18mm"}
STYLE = """<meta charset="utf-8"><style>
@page { size: A4; margin: 18mm } body { font: 11pt/1.5 system-ui, sans-serif; color: #1f262e }
h1 { font-size: 34pt; line-height: 1.15; margin: 70mm 0 8mm; color: #0b5394 } h2 { font-size: 18pt }
.foot { position: relative; height: 297mm; font-size: 9pt; color: #55606c; break-after: page }
.foot p { position: absolute; bottom: 8mm; width: 174mm; margin: 0 18mm; display: flex; justify-content: space-between }
table { width: 100%; border-collapse: collapse } td { padding: 1mm 0; border-bottom: 1px dotted #999 } td:last-child { text-align: right }
</style>"""
READY = """async () => {
    Object.assign(document.documentElement.dataset, {mode: "light", theme: "light"});
    document.querySelectorAll("img").forEach(image => { image.loading = "eager"; });
    document.querySelectorAll("article details:not(.hide)").forEach(fold => { fold.open = true; });
    if (window.MathJax?.startup) await MathJax.startup.promise;
    await Promise.all([...document.images].map(image => image.decode().catch(() => 0)));
    return document.querySelector("article h1").firstChild.textContent.trim();
}"""


def pages(site):
    """The pages in reading order: each page of the site links to the next."""
    page, order = "book/index.html", []
    while page and page not in order:
        order.append(page)
        following = re.search(r'<link rel="next"[^>]*href="([^"#]+)"', (site / page).read_text(encoding="utf-8"))
        page = str((site / page).parent.joinpath(following[1]).resolve().relative_to(site)) if following else None
    return order


def _keep_links_inside(writer, starts, site):
    """Turn links to the site's files into links to pages of the PDF; drop those to what is not in it."""
    from pypdf.generic import ArrayObject, NameObject

    for page in writer.pages:
        kept = ArrayObject()
        for annotation in page.get("/Annots", ArrayObject()):
            link = annotation.get_object()
            address = link.get("/A", {}).get("/URI", "")
            if address.startswith("file:"):
                name = address.split("#")[0].removeprefix(site.as_uri() + "/")
                if name not in starts:
                    continue
                del link["/A"]
                link[NameObject("/Dest")] = ArrayObject([writer.pages[starts[name]].indirect_reference, NameObject("/Fit")])
            kept.append(annotation)
        page[NameObject("/Annots")] = kept


def make(site, out, title="Convolutional Neural Networks"):
    """Print a built site into one PDF with a title page, contents, bookmarks and page numbers.

    Parameters
    ----------
    site : path
        Folder of the built pages.
    out : path
    title : str

    Returns
    -------
    int
        Number of pages.
    """
    from pypdf import PdfReader, PdfWriter

    site, writer, starts, names = Path(site).resolve(), PdfWriter(), {}, {}
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        tab = browser.new_page(viewport={"width": 900, "height": 1200}, reduced_motion="reduce")
        tab.emulate_media(media="print", color_scheme="light")

        def printed(name, margin=MARGIN):
            path = Path(folder) / f"{name}.pdf"
            tab.pdf(path=path, format="A4", margin=margin, print_background=True, outline=True, tagged=True)
            return PdfReader(path)

        parts = []
        for number, page in enumerate(pages(site)):
            tab.goto((site / page).as_uri())
            heading = tab.evaluate(READY)
            chapter = re.match(r"notebooks/(\d+)", page)
            names[page] = f"{int(chapter[1])}. {heading}" if chapter else heading
            parts.append((page, printed(number)))
            print(f"{page}: {len(parts[-1][1].pages)} pages", file=sys.stderr)

        def front(numbers):
            rows = "".join(f"<tr><td>{html.escape(names[page])}<td>{numbers.get(page, 0)}" for page, _ in parts)
            tab.set_content(f"{STYLE}<h1>{html.escape(title)}</h1><p>An open course in executable notebooks, with TensorFlow and Keras. "
                            "Code: MIT licence. Text and figures: CC BY 4.0.</p>"
                            f"<h2 style='break-before: page'>Contents</h2><table>{rows}</table>")
            return printed("front")

        first = len(front({}).pages)
        for page, part in parts:
            starts[page] = first
            first += len(part.pages)
        writer.append(front({page: number + 1 for page, number in starts.items()}), import_outline=False)
        for page, part in parts:
            writer.append(part, outline_item=names[page])
        feet, running = "", ""
        named = {number: names[page] for page, number in starts.items()}
        for number in range(len(writer.pages)):
            running = named.get(number, running)
            feet += f'<div class="foot"><p><span>{html.escape(running)}</span><span>{number + 1 if number else ""}</span></p></div>'
        tab.set_content(STYLE + "<style>@page { margin: 0 } body { margin: 0 }</style>" + feet)
        for page, foot in zip(writer.pages, printed("feet", dict.fromkeys(MARGIN, "0")).pages, strict=False):
            page.merge_page(foot)
    _keep_links_inside(writer, starts, site)
    writer.add_metadata({"/Title": title, "/Author": "The course's authors"})
    writer.compress_identical_objects()
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    writer.write(out)
    return len(writer.pages)
