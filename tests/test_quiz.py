"""make quiz: the files are what Moodle and Canvas document, say what was drawn, and come out alike from the same seed."""

import re
import zipfile
from html.parser import HTMLParser
from io import BytesIO, StringIO

import pytest
from click.testing import CliRunner

from course import CourseError
from course.__main__ import main
from course.site.browser import CHROMIUM
from course.questions import quiz
from tests.sample_questions import only_samples

lxml = pytest.importorskip("lxml.etree")
SEED = 7

# What of the formats a quiz uses, as grammars. Moodle: docs.moodle.org, "Moodle XML format". Canvas: IMS Question and Test
# Interoperability 1.2, ASI XML binding; IMS Content Packaging 1.1; Canvas's own elements as its exports have them.
MOODLE = """
<!ELEMENT quiz (question+)>
<!ELEMENT question (category | (name, questiontext, generalfeedback, defaultgrade, penalty, hidden, idnumber, single, shuffleanswers,
  answernumbering, answer+, tags))>
<!ATTLIST question type (category | multichoice) #REQUIRED>
<!ELEMENT category (text)> <!ELEMENT name (text)> <!ELEMENT text (#PCDATA)>
<!ELEMENT questiontext (text)> <!ATTLIST questiontext format (html) #REQUIRED>
<!ELEMENT generalfeedback (text)> <!ATTLIST generalfeedback format (html) #REQUIRED>
<!ELEMENT defaultgrade (#PCDATA)> <!ELEMENT penalty (#PCDATA)> <!ELEMENT hidden (#PCDATA)> <!ELEMENT idnumber (#PCDATA)>
<!ELEMENT single (#PCDATA)> <!ELEMENT shuffleanswers (#PCDATA)> <!ELEMENT answernumbering (#PCDATA)>
<!ELEMENT answer (text, feedback)> <!ATTLIST answer fraction (0 | 100) #REQUIRED format (html) #REQUIRED>
<!ELEMENT feedback (text)> <!ATTLIST feedback format (html) #REQUIRED>
<!ELEMENT tags (tag+)> <!ELEMENT tag (text)>
"""
QTI = """
<!ELEMENT questestinterop (assessment)> <!ATTLIST questestinterop xmlns CDATA #FIXED "http://www.imsglobal.org/xsd/ims_qtiasiv1p2">
<!ELEMENT assessment (qtimetadata*, section+)> <!ATTLIST assessment ident ID #REQUIRED title CDATA #IMPLIED>
<!ELEMENT qtimetadata (qtimetadatafield+)> <!ELEMENT qtimetadatafield (fieldlabel, fieldentry)>
<!ELEMENT fieldlabel (#PCDATA)> <!ELEMENT fieldentry (#PCDATA)>
<!ELEMENT section (selection_ordering?, (section | item)*)> <!ATTLIST section ident ID #REQUIRED title CDATA #IMPLIED>
<!ELEMENT selection_ordering (selection*)> <!ELEMENT selection (selection_number, selection_extension?)>
<!ELEMENT selection_number (#PCDATA)> <!ELEMENT selection_extension (points_per_item)> <!ELEMENT points_per_item (#PCDATA)>
<!ELEMENT item (itemmetadata?, presentation?, resprocessing*, itemfeedback*)> <!ATTLIST item ident ID #REQUIRED title CDATA #IMPLIED>
<!ELEMENT itemmetadata (qtimetadata*)>
<!ELEMENT presentation (material, response_lid)> <!ELEMENT material (mattext+)>
<!ELEMENT mattext (#PCDATA)> <!ATTLIST mattext texttype CDATA "text/plain">
<!ELEMENT response_lid (render_choice)>
<!ATTLIST response_lid ident CDATA #REQUIRED rcardinality (Single | Multiple | Ordered) "Single">
<!ELEMENT render_choice (response_label+)> <!ELEMENT response_label (material)> <!ATTLIST response_label ident ID #REQUIRED>
<!ELEMENT resprocessing (outcomes, respcondition+)> <!ELEMENT outcomes (decvar+)>
<!ELEMENT decvar EMPTY> <!ATTLIST decvar varname CDATA "SCORE" vartype CDATA "Integer" minvalue CDATA #IMPLIED maxvalue CDATA #IMPLIED>
<!ELEMENT respcondition (conditionvar, setvar*, displayfeedback*)> <!ATTLIST respcondition continue (Yes | No) "No">
<!ELEMENT conditionvar (varequal)> <!ELEMENT varequal (#PCDATA)> <!ATTLIST varequal respident CDATA #REQUIRED>
<!ELEMENT setvar (#PCDATA)> <!ATTLIST setvar varname CDATA "SCORE" action (Set | Add | Subtract | Multiply | Divide) "Set">
<!ELEMENT displayfeedback (#PCDATA)> <!ATTLIST displayfeedback feedbacktype (Response | Solution | Hint) "Response" linkrefid IDREF #REQUIRED>
<!ELEMENT itemfeedback (flow_mat)> <!ATTLIST itemfeedback ident ID #REQUIRED> <!ELEMENT flow_mat (material)>
"""
MANIFEST = """
<!ELEMENT manifest (metadata, organizations, resources)>
<!ATTLIST manifest identifier ID #REQUIRED xmlns CDATA #FIXED "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1">
<!ELEMENT metadata (schema, schemaversion)> <!ELEMENT schema (#PCDATA)> <!ELEMENT schemaversion (#PCDATA)>
<!ELEMENT organizations EMPTY> <!ELEMENT resources (resource+)>
<!ELEMENT resource (file+, dependency*)> <!ATTLIST resource identifier ID #REQUIRED type CDATA #REQUIRED href CDATA #IMPLIED>
<!ELEMENT file EMPTY> <!ATTLIST file href CDATA #REQUIRED>
<!ELEMENT dependency EMPTY> <!ATTLIST dependency identifierref IDREF #REQUIRED>
"""
META = """
<!ELEMENT quiz (title, description, shuffle_answers, scoring_policy, quiz_type, points_possible, show_correct_answers, allowed_attempts)>
<!ATTLIST quiz identifier ID #REQUIRED xmlns CDATA #FIXED "http://canvas.instructure.com/xsd/cccv1p0">
<!ELEMENT title (#PCDATA)> <!ELEMENT description (#PCDATA)> <!ELEMENT shuffle_answers (#PCDATA)> <!ELEMENT scoring_policy (#PCDATA)>
<!ELEMENT quiz_type (#PCDATA)> <!ELEMENT points_possible (#PCDATA)> <!ELEMENT show_correct_answers (#PCDATA)> <!ELEMENT allowed_attempts (#PCDATA)>
"""


def valid(xml, grammar):
    """Parse XML strictly and hold it against a grammar; gives the root, without namespaces."""
    root = lxml.fromstring(xml)
    for element in root.iter():
        element.tag = lxml.QName(element).localname
    checked = lxml.fromstring(re.sub(rb' xmlns="[^"]*"', b"", xml))
    dtd = lxml.DTD(StringIO(re.sub(r"xmlns CDATA #FIXED \"[^\"]*\"", "", grammar)))
    assert dtd.validate(checked), dtd.error_log.filter_from_errors()
    return root


@pytest.fixture(autouse=True)
def samples():
    with only_samples() as templates:
        yield templates


@pytest.fixture
def slots():
    return quiz.choose(None, 6, 3, SEED)


class Formulas(HTMLParser):
    """A page's text; a formula in any of the three notations becomes its source between dollars."""

    def __init__(self, source):
        super().__init__()
        self.text = ""
        self.feed(re.sub(r"\\\((.*?)\\\)", r"$\1$", source))

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "img":
            assert attributes["alt"] == f"LaTeX: {attributes['data-equation-content']}"
            self.text += f"${attributes['data-equation-content']}$"


def words(source):
    return re.sub(r"\s+", " ", Formulas(source).text).strip()


def plain(markdown):
    """What `words` must find: Markdown without back ticks and the lines of tables."""
    return re.sub(r"(?:[\s|]|-{3,}:)+", " ", markdown.replace("`", "")).strip()


def test_moodle_reads_what_was_drawn(slots):
    root = valid(quiz.moodle(slots, SEED, "A/B"), MOODLE)
    found = iter(root.findall("question"))
    names = []
    for number, slot in enumerate(slots, 1):
        category = next(found)
        assert category.get("type") == "category"
        assert category.findtext("category/text") == f"$course$/top/A//B, seed 7/{number:02d} {slot.template.name}"
        for question, letter in zip(slot.questions, "ABC", strict=True):
            item = next(found)
            names.append(item.findtext("idnumber"))
            assert words(item.findtext("questiontext/text")) == plain(question.text)
            assert words(item.findtext("generalfeedback/text")) == plain(question.why)
            assert [tag.text for tag in item.findall("tags/tag/text")] == [f"version {letter}", f"chapter {slot.template.chapter:02d}"]
            assert item.findtext("shuffleanswers") == ("false" if question.choices else "true") and item.findtext("single") == "true"
            answers = item.findall("answer")
            assert [words(answer.findtext("text")) for answer in answers] == [plain(option.label) for option in question.options]
            assert [answer.get("fraction") for answer in answers] == ["100" if option.right else "0" for option in question.options]
            for answer, option in zip(answers, question.options):
                said = words(answer.findtext("feedback/text"))
                assert said == ("Right." if option.right else plain(f"{option.mistake[0].upper()}{option.mistake[1:]}: {option.why}"))
    assert next(found, None) is None and len(set(names)) == len(names) == 18


def test_canvas_reads_what_was_drawn(slots):
    files = quiz.canvas(slots, SEED)
    manifest = valid(files["imsmanifest.xml"], MANIFEST)
    named = [file.get("href") for file in manifest.iter("file")]
    assert sorted([*named, "imsmanifest.xml"]) == sorted(files)
    assert manifest.find("resources/resource").get("type") == "imsqti_xmlv1p2"
    meta = valid(files[named[1]], META)
    root = valid(files[named[0]], QTI)
    assert meta.get("identifier") == root.find("assessment").get("ident") == manifest.find("resources/resource").get("identifier")
    assert meta.findtext("points_possible") == "6.0"
    groups = root.findall("assessment/section/section")
    assert len(groups) == len(slots)
    for group, slot in zip(groups, slots):
        assert group.findtext("selection_ordering/selection/selection_number") == "1"
        items = group.findall("item")
        for item, question in zip(items, slot.questions, strict=True):
            assert {"multiple_choice_question"} == {
                field.findtext("fieldentry") for field in item.iter("qtimetadatafield") if field.findtext("fieldlabel") == "question_type"}
            assert words(item.findtext("presentation/material/mattext")) == plain(question.text)
            labels = item.findall("presentation/response_lid/render_choice/response_label")
            assert [words(label.findtext("material/mattext")) for label in labels] == [plain(o.label) for o in question.options]
            # As a grader goes through the conditions: which choice scores, and what is said about it.
            for label, option in zip(labels, question.options):
                score, said = 0, []
                for condition in item.findall("resprocessing/respcondition"):
                    if condition.findtext("conditionvar/varequal") == label.get("ident"):
                        score = int(condition.findtext("setvar", score))
                        said += [shown.get("linkrefid") for shown in condition.findall("displayfeedback")]
                        if condition.get("continue") == "No":
                            break
                feedback = [entry.findtext("flow_mat/material/mattext") for entry in item.findall("itemfeedback") if entry.get("ident") in said]
                assert score == (100 if option.right else 0)
                assert [words(text) for text in feedback] == [plain(option.says)]


def test_formulas_are_written_as_each_platform_wants_them(slots):
    tex = quiz.moodle(slots, SEED).decode()
    assert r"\(a &amp;lt; b\)" in tex and "$s" not in tex
    canvas = b"".join(quiz.canvas(slots, SEED).values()).decode()
    assert "/equation_images/s%2520%253D%25202?scale=1" in canvas and r"\(" not in canvas


def test_versions_have_other_numbers_and_no_question_comes_twice():
    slots = quiz.choose(["05", "7"], 12, 4, SEED)
    assert [slot.template.chapter for slot in slots] == [5] * 6 + [7] * 6  # each chapter its share
    assert sorted(slot.template.name for slot in slots) == ["largest"] * 6 + ["output side"] * 3 + ["shape"] * 3
    for slot in slots:
        assert len({question.text for question in slot.questions}) == 4
    for version in range(4):
        assert len({slot.questions[version].text for slot in slots}) == 12
    again, other = quiz.choose(["05", "7"], 12, 4, SEED), quiz.choose(["05", "7"], 12, 4, SEED + 1)
    texts = [[question.text for slot in drawn for question in slot.questions] for drawn in (slots, again, other)]
    assert texts[0] == texts[1] != texts[2]


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "two", "other"):
        quiz.write(tmp_path / name, ["05"], 4, 2, SEED + (name == "other"), pdf=False)
    one, two, other = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two", "other"))
    assert set(one) == {"moodle.xml", "canvas.zip"}
    assert one == two and all(one[name] != other[name] for name in one)
    assert zipfile.ZipFile(BytesIO(one["canvas.zip"])).testzip() is None


@pytest.mark.skipif(not CHROMIUM, reason="chromium is missing (Debian: apt install chromium): no exam was printed")
def test_the_printed_exam_and_its_key(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("playwright")
    arguments = ["quiz", "--chapters", "05,07", "--count", "6", "--versions", "2", "--seed", "7", "--title", "Test <1> & more"]
    results = [CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / name)]) for name in ("one", "two")]
    assert [result.exit_code for result in results] == [0, 0], results[0].output
    assert "6 questions in 2 versions, seed 7" in results[0].output
    names = ["canvas.zip", "exam-A.pdf", "exam-B.pdf", "key.pdf", "moodle.xml"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    slots = quiz.choose(["05", "07"], 6, 2, 7)
    read = {name: " ".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "one" / name).pages) for name in names if name.endswith("pdf")}
    read = {name: re.sub(r"\s+", " ", text) for name, text in read.items()}
    for version, letter in enumerate("AB"):
        text = read[f"exam-{letter}.pdf"]
        assert f"Test <1> & more, version {letter}" in text and "Name" in text
        for slot in slots:
            question = slot.questions[version]
            assert plain(question.text)[:20] in text
            assert all(option.why[:20] not in text for option in question.options), "the exam tells an answer"
            right = next(mark for mark, option in zip("ABCDEF", question.options) if option.right)
            assert f"✓ {right} {plain(question.options['ABCDEF'.index(right)].label)}" in read["key.pdf"]
    letters = [[next(mark for mark, o in zip("ABCDEF", slot.questions[v].options) if o.right) for slot in slots] for v in (0, 1)]
    for version, row in zip("AB", letters):
        assert f"{version} {' '.join(row)}" in read["key.pdf"]
    assert pypdf.PdfReader(tmp_path / "one" / "exam-A.pdf").metadata.title == "Test <1> & more, version A"


@pytest.mark.parametrize("arguments, sentence", [
    (["--chapters", "05,23"], "No questions for chapter 23. Chapters with questions: 05, 07."),
    (["--chapters", "five"], "'five' is no chapter. Name it by its number: 05, say."),
    (["--versions", "27"], "27 versions are too many: at most 26, A to Z."),
    (["--chapters", "05", "--count", "200"], "fewer than 200 different questions"),
    (["--out", "full"], "full is there and not an empty folder. Name another with --out, or move what is in it."),
    (["--out", "full/file"], "full/file is there and not an empty folder."),
    (["--out", "full/file/below"], "The folder full/file/below cannot be made (Not a directory)."),
])
def test_what_cannot_be_written_is_said_in_a_sentence(tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("mine")
    result = CliRunner().invoke(main, ["quiz", "--no-pdf", *arguments])
    assert result.exit_code == 1 and sentence in result.output and "Traceback" not in result.output
    assert (tmp_path / "full/file").read_text() == "mine" and not (tmp_path / "quiz").exists()


def test_without_chromium_nothing_is_written_and_a_way_out_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(quiz, "CHROMIUM", None)
    with pytest.raises(CourseError, match="apt install chromium; or go without: --no-pdf"):
        quiz.write(tmp_path / "quiz")
    assert not (tmp_path / "quiz").exists()
    assert len(quiz.write(tmp_path / "quiz", pdf=False)) == 2


def test_a_seed_is_named_where_none_was_given(tmp_path):
    output = CliRunner().invoke(main, ["quiz", "--no-pdf", "--count", "2", "--out", str(tmp_path / "a")]).output
    seed = re.search(r"seed (\d+)", output)[1]
    CliRunner().invoke(main, ["quiz", "--no-pdf", "--count", "2", "--seed", seed, "--out", str(tmp_path / "b")])
    assert (tmp_path / "a/moodle.xml").read_bytes() == (tmp_path / "b/moodle.xml").read_bytes()
