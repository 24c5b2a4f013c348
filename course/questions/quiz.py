"""Quizzes for teachers: Moodle XML, QTI 1.2 for Canvas, and a printed exam with its key, all from one draw."""

import hashlib
import html
import io
import itertools
import re
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import numpy as np

from .. import CourseError, whole_file
from ..site.browser import CHROMIUM, open_browser
from . import Template, bank, chapter_number, draw
from .render import to_html

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TRIES = 40  # draws to find a question that another version, or another place, does not have
TITLE = "Convolutional neural networks"


@dataclass(frozen=True)
class Slot:
    """One place of the quiz: a template, and a question for each version."""

    template: Template
    questions: list


def choose(chapters, count, versions, seed):
    """Draw a quiz.

    Each chapter gets an equal share of the places, and each of its templates one before any gets two. No version has a question
    twice; the versions differ wherever a template has enough numbers.

    Parameters
    ----------
    chapters : iterable of int or str, or None
        All chapters that have questions by default.
    count, versions, seed : int

    Returns
    -------
    list of Slot
        By chapter.
    """
    there = sorted({template.chapter for template in bank()})
    wanted = sorted({chapter_number(chapter) for chapter in chapters}) if chapters is not None else there
    if missing := [f"{chapter:02d}" for chapter in wanted if chapter not in there]:
        raise CourseError(f"No questions for chapter {', '.join(missing)}. Chapters with questions: "
                          f"{', '.join(f'{chapter:02d}' for chapter in there) or 'none'}.")
    if versions > len(LETTERS):
        raise CourseError(f"{versions} versions are too many: at most {len(LETTERS)}, A to Z.")
    rng = np.random.default_rng([zlib.crc32(b"quiz"), seed])
    queues = [[bank([chapter])[i] for i in rng.permutation(len(bank([chapter])))] for chapter in rng.permutation(wanted)]
    places = [queue[i // len(queues) % len(queue)] for i, queue in zip(range(count), itertools.cycle(queues))]
    used, seen, slots = {}, [set() for _ in range(versions)], []
    for template in places:
        questions = []
        for version in range(versions):
            for _ in range(TRIES):
                number = used[template.key] = used.get(template.key, -1) + 1
                question = draw(template, zlib.crc32(f"{seed} {number}".encode()))
                shown = (template.key, question.text, frozenset(option.label for option in question.options))
                if not any(shown in others for others in seen):
                    break
            if shown in seen[version]:
                raise CourseError(f"The chapters have fewer than {count} different questions ({template.key!r} has no more numbers). "
                                  "Ask for fewer, or name more chapters.")
            seen[version].add(shown)
            questions.append(question)
        slots.append(Slot(template, questions))
    return sorted(slots, key=lambda slot: slot.template.chapter)


def _element(parent, path, text=None, **attributes):
    """Add elements below one another (``"a/b"``); the last gets text and attributes."""
    for name in path.split("/"):
        parent = ElementTree.SubElement(parent, name)
    parent.text = text
    parent.attrib.update(attributes)
    return parent


def _xml(root):
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _name(number, slot, version):
    return f"{number:02d} {slot.template.name}, version {LETTERS[version]}"


def moodle(slots, seed, title=TITLE):
    """The quiz as Moodle XML: a category for each place, with the versions in it, each tagged with its letter.

    Parameters
    ----------
    slots : list of Slot
    seed : int
    title : str

    Returns
    -------
    bytes
    """
    root = ElementTree.Element("quiz")
    for number, slot in enumerate(slots, 1):
        category = _element(root, "question", type="category")
        name = f"{title}, seed {seed}".replace("/", "//")  # a single slash begins a category below
        _element(category, "category/text", f"$course$/top/{name}/{number:02d} {slot.template.name.replace('/', '//')}")
        for version, question in enumerate(slot.questions):
            item = _element(root, "question", type="multichoice")
            _element(item, "name/text", _name(number, slot, version))
            _html(item, "questiontext", question.text)
            _html(item, "generalfeedback", question.why)
            for tag, text in {"defaultgrade": "1", "penalty": "0.3333333", "hidden": "0",
                              "idnumber": f"{seed}-{number:02d}-{LETTERS[version]}", "single": "true",
                              "shuffleanswers": "true" if question.choices is None else "false", "answernumbering": "ABCD"}.items():
                _element(item, tag, text)
            for option in question.options:
                answer = _html(item, "answer", option.label)
                answer.set("fraction", "100" if option.right else "0")
                _html(answer, "feedback", "Right." if option.right else option.says)  # the general feedback says why
            tags = _element(item, "tags")
            for tag in (f"version {LETTERS[version]}", f"chapter {slot.template.chapter:02d}"):
                _element(tags, "tag/text", tag)
    return _xml(root)


def _html(parent, path, markdown):
    found = _element(parent, path, format="html")
    _element(found, "text", to_html(markdown, "tex"))
    return found


def _canvas_html(markdown):
    """HTML with formulas as Canvas keeps them."""

    def picture(match):
        tex = html.unescape(match[1])
        shown = html.escape(tex)
        return (f'<img class="equation_image" title="{shown}" alt="LaTeX: {shown}" data-equation-content="{shown}" '
                f'src="/equation_images/{quote(quote(tex, safe=""), safe="")}?scale=1">')

    return re.sub(r"\\\((.*?)\\\)", picture, to_html(markdown, "tex"))


QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"


def _metadata(parent, **fields):
    """Fields of QTI's metadata."""
    for label, entry in fields.items():
        field = _element(parent, "qtimetadatafield")
        _element(field, "fieldlabel", label)
        _element(field, "fieldentry", entry)


def _item(section, ident, title, question):
    item = _element(section, "item", ident=ident, title=title)
    _metadata(_element(item, "itemmetadata/qtimetadata"), question_type="multiple_choice_question", points_possible="1",
              original_answer_ids=",".join(f"{ident}o{number}" for number in range(1, len(question.options) + 1)),
              assessment_question_identifierref=f"{ident}q")
    presentation = _element(item, "presentation")
    _element(presentation, "material/mattext", _canvas_html(question.text), texttype="text/html")
    choice = _element(_element(presentation, "response_lid", ident="response1", rcardinality="Single"), "render_choice")
    processing = _element(item, "resprocessing")
    _element(processing, "outcomes/decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    for number, option in enumerate(question.options, 1):
        label = _element(choice, "response_label", ident=f"{ident}o{number}")
        _element(label, "material/mattext", _canvas_html(option.label), texttype="text/html")
        condition = _element(processing, "respcondition", **{"continue": "Yes"})
        _element(condition, "conditionvar/varequal", f"{ident}o{number}", respident="response1")
        _element(condition, "displayfeedback", feedbacktype="Response", linkrefid=f"{ident}o{number}_fb")
        feedback = _element(item, "itemfeedback", ident=f"{ident}o{number}_fb")
        _element(feedback, "flow_mat/material/mattext", _canvas_html(option.says), texttype="text/html")
    right = next(number for number, option in enumerate(question.options, 1) if option.right)
    condition = _element(processing, "respcondition", **{"continue": "No"})
    _element(condition, "conditionvar/varequal", f"{ident}o{right}", respident="response1")
    _element(condition, "setvar", "100", action="Set", varname="SCORE")


def canvas(slots, seed, title=TITLE):
    """The quiz for Canvas: a package with a QTI 1.2 assessment, in which each place is a group that gives one of the versions.

    Parameters
    ----------
    slots : list of Slot
    seed : int
    title : str

    Returns
    -------
    dict of str to bytes
        The files of the package.
    """
    title = f"{title}, seed {seed}"
    name = "g" + hashlib.md5(f"{title} {[question.text for slot in slots for question in slot.questions]}".encode()).hexdigest()
    root = ElementTree.Element("questestinterop", xmlns=QTI)
    assessment = _element(root, "assessment", ident=name, title=title)
    _metadata(_element(assessment, "qtimetadata"), cc_maxattempts="1")
    section = _element(assessment, "section", ident="root_section")
    for number, slot in enumerate(slots, 1):
        group = _element(section, "section", ident=f"{name}s{number}", title=f"{number:02d} {slot.template.name}")
        selection = _element(group, "selection_ordering/selection")
        _element(selection, "selection_number", "1")
        _element(selection, "selection_extension/points_per_item", "1")
        for version, question in enumerate(slot.questions):
            _item(group, f"{name}s{number}v{version + 1}", _name(number, slot, version), question)

    meta = ElementTree.Element("quiz", xmlns=CANVAS, identifier=name)
    for tag, text in {"title": title, "description": "", "shuffle_answers": "false", "scoring_policy": "keep_highest", "quiz_type": "assignment",
                      "points_possible": f"{len(slots)}.0", "show_correct_answers": "true", "allowed_attempts": "1"}.items():
        _element(meta, tag, text)

    manifest = ElementTree.Element("manifest", xmlns=PACKAGE, identifier=f"{name}m")
    metadata = _element(manifest, "metadata")
    _element(metadata, "schema", "IMS Content")
    _element(metadata, "schemaversion", "1.1.3")
    _element(manifest, "organizations")
    resources = _element(manifest, "resources")
    quiz = _element(resources, "resource", identifier=name, type="imsqti_xmlv1p2")
    _element(quiz, "file", href=f"{name}/{name}.xml")
    _element(quiz, "dependency", identifierref=f"{name}d")
    extra = _element(resources, "resource", identifier=f"{name}d", href=f"{name}/assessment_meta.xml",
                     type="associatedcontent/imscc_xmlv1p1/learning-application-resource")
    _element(extra, "file", href=f"{name}/assessment_meta.xml")
    return {"imsmanifest.xml": _xml(manifest), f"{name}/{name}.xml": _xml(root), f"{name}/assessment_meta.xml": _xml(meta)}


STYLE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>
@page { size: A4; margin: 18mm 18mm 20mm } body { font: 11pt/1.45 system-ui, sans-serif; color: #111; margin: 0 }
h1 { font-size: 17pt; line-height: 1.2; margin: 0 0 4mm } h2 { font-size: 13pt; margin: 8mm 0 3mm; break-after: avoid }
.fields { display: flex; gap: 8mm; margin: 0 0 6mm } .fields span { border-bottom: .3mm solid #111; flex: 1; padding-bottom: 1mm }
.fields span + span { flex: .5 } ol.exam { padding-left: 8mm; margin: 0 } ol.exam > li { break-inside: avoid; margin: 0 0 6mm }
ol.exam > li::marker { font-weight: 700 } p { margin: 0 0 2mm } table { border-collapse: collapse; margin: 2mm 0 3mm; font-size: 10pt }
th, td { border: .2mm solid #888; padding: .8mm 2mm; min-width: 7mm } code { font: 10pt ui-monospace, "DejaVu Sans Mono", monospace }
.options { display: flex; flex-wrap: wrap; gap: 1.5mm 7mm; list-style: none; margin: 2mm 0 0; padding: 0 }
.options.key { display: block; font-size: 9.5pt } .options.key li { margin: 0 0 .4mm } .right { font-weight: 700 } .key-table td { text-align: center }
</style>"""


def _exam_page(slots, version, title):
    """One version of the exam as a page to print."""
    items = ""
    for slot in slots:
        question = slot.questions[version]
        options = "".join(f"<li>☐ <b>{letter}</b>&ensp;{to_html(option.label, 'mathml')}</li>"
                          for letter, option in zip(LETTERS, question.options))
        items += f'<li><div>{to_html(question.text, "mathml")}</div><ul class="options">{options}</ul></li>'
    shown = html.escape(f"{title}, version {LETTERS[version]}")
    return (f"{STYLE.replace('{title}', shown)}<h1>{shown}</h1>"
            f'<p class="fields"><span>Name</span><span>Date</span></p><p>One answer is right for each of the {len(slots)} questions.</p>'
            f'<ol class="exam">{items}</ol></html>')


def _key_page(slots, versions, seed, title):
    """The key: a table of letters, then for each version what is right, why, and the mistake behind each wrong letter."""
    def right(question):
        return next(letter for letter, option in zip(LETTERS, question.options) if option.right)

    head = "".join(f"<th>{number}</th>" for number in range(1, len(slots) + 1))
    rows = "".join(f"<tr><th>{LETTERS[version]}</th>{''.join(f'<td>{right(slot.questions[version])}</td>' for slot in slots)}</tr>"
                   for version in range(versions))
    table = f'<table class="key-table"><thead><tr><th>Version</th>{head}</tr></thead><tbody>{rows}</tbody></table>'
    if len(slots) > 20:  # too wide for a sheet of paper
        rows = "".join(f"<tr><th>{number}</th>{''.join(f'<td>{right(slot.questions[version])}</td>' for version in range(versions))}</tr>"
                       for number, slot in enumerate(slots, 1))
        table = (f'<table class="key-table"><thead><tr><th>Question</th>{"".join(f"<th>{letter}</th>" for letter in LETTERS[:versions])}'
                 f"</tr></thead><tbody>{rows}</tbody></table>")
    parts = ""
    for version in range(versions):
        items = ""
        for slot in slots:
            options = "".join(
                f'<li{" class=right" if option.right else ""}><b>{"✓ " * option.right}{letter}</b>&ensp;{to_html(option.label, "mathml")}&ensp;'
                f'{to_html(option.says, "mathml")}</li>'
                for letter, option in zip(LETTERS, slot.questions[version].options))
            items += f"<li>Chapter {slot.template.chapter}, {html.escape(slot.template.name)}<ul class='options key'>{options}</ul></li>"
        parts += f'<h2>Version {LETTERS[version]}</h2><ol class="exam">{items}</ol>'
    shown = html.escape(f"{title}: key")
    return f"{STYLE.replace('{title}', shown)}<h1>{shown}</h1><p>Seed {seed}.</p>{table}{parts}</html>"


def _print(pages):
    """Print pages of HTML as PDF, without what changes from run to run. Yields (name, bytes)."""
    from pypdf import PdfReader, PdfWriter

    foot = ('<div style="font: 9px sans-serif; width: 100%; padding: 0 18mm; display: flex; justify-content: space-between">'
            '<span class="title"></span><span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>')
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        tab = browser.new_page()
        for name, page in pages.items():
            tab.set_content(page)
            path = Path(folder) / name
            tab.pdf(path=path, prefer_css_page_size=True, print_background=True, tagged=True, display_header_footer=True,
                    header_template="<span></span>", footer_template=foot)
            writer = PdfWriter(clone_from=PdfReader(path))
            title = tab.title()
            writer.metadata = None
            writer.add_metadata({"/Title": title, "/Author": "The course's authors", "/Producer": "chromium, pypdf"})
            file = io.BytesIO()
            writer.write(file)
            yield name, _renumbered(file.getvalue())


def _renumbered(pdf):
    """Number the names that chromium gives to cells of tables from 0: its own depend on what the browser did before."""
    names = {name: b"(node%08d)" % number for number, name in enumerate(sorted(set(re.findall(rb"\(node\d{8}\)", pdf))))}
    return re.sub(rb"\(node\d{8}\)", lambda match: names[match[0]], pdf)


def write(out, chapters=None, count=10, versions=1, seed=0, title=TITLE, pdf=True):
    """Write a quiz into a folder: moodle.xml, canvas.zip, exam-A.pdf and so on, key.pdf. The same seed gives the same files.

    Parameters
    ----------
    out : path
        A new or empty folder.
    chapters : iterable of int or str, optional
    count, versions, seed : int
    title : str
    pdf : bool
        Whether to print, which needs chromium.

    Returns
    -------
    list of pathlib.Path
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CourseError(f"{out} is there and not an empty folder. Name another with --out, or move what is in it.")
    if pdf:
        _need_chromium()
    slots = choose(chapters, count, versions, seed)
    files = {"moodle.xml": moodle(slots, seed, title)}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, content in canvas(slots, seed, title).items():
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # no date
    files["canvas.zip"] = file.getvalue()
    if pdf:
        pages = {f"exam-{LETTERS[version]}.pdf": _exam_page(slots, version, title) for version in range(versions)}
        files.update(_print(pages | {"key.pdf": _key_page(slots, versions, seed, title)}))
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(f"The folder {out} cannot be made ({error.strerror}). Name another with --out.") from error
    for name, content in files.items():
        with whole_file(out / name) as file:
            file.write(content)
    return [out / name for name in files]


def _need_chromium():
    import importlib.util

    if not CHROMIUM:
        raise CourseError("chromium is missing, which prints the exam. On Debian: apt install chromium; or go without: --no-pdf")
    for library in ("playwright", "pypdf"):
        if not importlib.util.find_spec(library):
            raise CourseError(f"{library} is missing, which prints the exam: pip install {library}; or go without: --no-pdf")
