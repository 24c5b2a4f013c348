"""Check yourself in a real browser: each mistake gets its own explanation, the keyboard is enough, nothing leaves the machine."""

import gzip
import html
import json
import re
import types

import pytest
from markdown_it import MarkdownIt

from course import ROOT, questions
from course.site.browser import CHROMIUM
from course.questions import bank, draw, sphinx_questions
from course.questions.render import to_html
from tests.sample_questions import largest, only_samples, output_side, shape

FOLDER = ROOT / "book/_static/questions"
in_a_browser = pytest.mark.skipif(not CHROMIUM, reason="chromium is missing (Debian: apt install chromium): no question was tested")
CHAPTERS = sorted({template.chapter for template in bank()})


@pytest.fixture(scope="module")
def samples():
    """A bank with seven templates in chapter 5: more than are shown at once."""
    with only_samples() as templates:
        templates.clear()
        for number, make in enumerate((output_side, largest, shape, output_side, largest, shape, output_side)):
            questions.template(5, f"sample {number}", kind="choice" if make is shape else "number")(make)
        yield templates


@pytest.fixture(scope="module")
def address(samples, tmp_path_factory):
    """A page that ends with the section, opened from the file system."""
    path = tmp_path_factory.mktemp("questions") / "page.html"
    still = MarkdownIt("commonmark").enable("table").render(sphinx_questions.markdown(5))
    data = sphinx_questions.as_script(sphinx_questions.data(5))
    body = sphinx_questions.ELEMENT.sub(lambda match: match[0] + data, still)
    path.write_text(f'''<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>Questions</title>
<meta name="viewport" content="width=device-width"><style>body {{ background: var(--pst-color-background); color: var(--pst-color-text-base);
font-family: sans-serif; margin: 1rem }}</style><link rel="stylesheet" href="{(ROOT / "book/_static/course.css").as_uri()}">
<link rel="stylesheet" href="{(FOLDER / "questions.css").as_uri()}"><script defer src="{(FOLDER / "questions.js").as_uri()}"></script>
<main class="bd-article"><h1>Chapter</h1>{body}</main></html>''', encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def open_page(browser, address):
    """Open the page in a browser of its own; at the end there must have been no error and no request to another place."""
    contexts, noise = [], []

    def open_it(script=None, **settings):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | settings)
        contexts.append(context)
        if script:
            context.add_init_script(script)
        tab = context.new_page()
        tab.on("pageerror", lambda error: noise.append(str(error)))
        tab.on("console", lambda message: message.type in ("error", "warning") and noise.append(message.text))
        tab.on("request", lambda request: request.url.startswith("file:") or noise.append(request.url))
        tab.goto(address)
        return tab

    yield open_it
    for context in contexts:
        context.close()
    assert not noise


def drawn(place, round=0):
    """The question that the page shows at a place."""
    templates = bank([5])
    number = round * 5 + place
    items = sphinx_questions.instances(templates[number % len(templates)], 12)
    return items[number // len(templates) % len(items)]


def item(tab, place):
    return tab.locator(".questions-list > li").nth(place)


def choose(tab, place, right):
    """Click the right option of a question or a wrong one; gives the option."""
    place_of, option = next((i, o) for i, o in enumerate(drawn(place).options) if o.right == right)
    item(tab, place).locator(".questions-option").nth(place_of).click()
    return option


def said(tab, place):
    return item(tab, place).locator(".questions-answer").inner_text().strip()


def text(markdown):
    """Text of Markdown as the page shows it without MathJax."""
    source = re.sub(r"</?(?:span|code|em|strong)[^>]*>", "", to_html(markdown))
    return flat(html.unescape(re.sub(r"<[^>]+>", " ", source)))


def flat(shown):
    return re.sub(r"\s+", " ", shown).strip()


@in_a_browser
def test_each_mistake_has_its_own_explanation(open_page):
    tab = open_page()
    assert tab.locator(".questions-list > li").count() == 5
    for place in range(5):
        question = drawn(place)
        shown = item(tab, place).locator(".questions-option")
        assert shown.count() == len(question.options)
        wrong = [i for i, option in enumerate(question.options) if not option.right]
        for i in wrong:
            shown.nth(i).click()
            assert said(tab, place).startswith("Not quite. ")
            assert flat(said(tab, place)) == "Not quite. " + text(question.options[i].says)
        right = next(i for i, option in enumerate(question.options) if option.right)
        shown.nth(right).click()
        assert flat(said(tab, place)) == "Right. " + text(question.why)
        assert [shown.nth(i).locator(".questions-mark").inner_text() for i in range(len(question.options))] == [
            "✓" if option.right else "✗" for option in question.options]
        names = [("right" if option.right else "wrong") for option in question.options]
        assert [shown.nth(i).get_by_role("img").get_attribute("aria-label") for i in range(len(names))] == names
        assert all(button.get_attribute("aria-disabled") == "true" for button in shown.all())
        shown.nth(wrong[0]).dispatch_event("click")  # it is over
        assert said(tab, place).startswith("Right. ")


@in_a_browser
def test_the_count_holds_first_tries_and_survives_a_reload(open_page):
    tab = open_page()
    count = tab.locator(".questions-count")
    assert count.inner_text() == "" and not tab.get_by_text("Forget the count").is_visible()
    choose(tab, 0, right=False)
    choose(tab, 0, right=True)
    choose(tab, 1, right=True)
    assert count.inner_text() == "1 of 2 right at the first try, counted in this browser only."
    tab.get_by_role("button", name="New numbers").click()
    tab.reload()
    assert count.inner_text().startswith("1 of 2 right")
    assert flat(item(tab, 0).locator(".questions-text").inner_text()) == text(drawn(0, round=1).text)  # goes on where it was
    assert tab.evaluate("JSON.parse(localStorage['course-questions:5'])") == {"round": 1, "answered": 2, "right": 1}
    tab.get_by_text("Forget the count").click()
    assert count.inner_text() == "" and "forgotten" in tab.locator(".questions-voice").inner_text()
    tab.reload()
    assert count.inner_text() == ""


@in_a_browser
@pytest.mark.parametrize("script", [
    "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})",
    "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
    "localStorage.setItem('course-questions:5', '{\"round\": -1')",
    "localStorage.setItem('course-questions:5', '{\"round\": -1, \"answered\": 0, \"right\": 0}')",
    "localStorage.setItem('course-questions:5', '[]')",
])
def test_a_browser_that_keeps_nothing_or_nonsense(open_page, script):
    tab = open_page(script)
    choose(tab, 0, right=True)
    assert tab.locator(".questions-count").inner_text().startswith("1 of 1 right")
    tab.get_by_role("button", name="New numbers").click()
    assert tab.locator(".questions-list > li").count() == 5


@in_a_browser
def test_new_numbers_go_round_all_templates(open_page):
    tab = open_page()
    seen = []
    for round in range(7):
        shown = [flat(one.inner_text()) for one in tab.locator(".questions-text").all()]
        assert shown == [text(drawn(place, round).text) for place in range(5)]
        seen += shown
        tab.get_by_role("button", name="New numbers").click()
        assert said(tab, 0) == ""
    assert len(set(seen)) > 30  # 35 places of 7 templates
    assert tab.locator(".questions-voice").inner_text() == "Questions with new numbers, round 8."


@in_a_browser
def test_the_keyboard_is_enough(open_page):
    tab = open_page()
    focused = "document.activeElement.textContent"
    for option in drawn(0).options:
        tab.keyboard.press("Tab")
        assert text(option.label) in flat(tab.evaluate(focused))
        assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        tab.keyboard.press("Enter" if option.right else "Space")
        assert flat(said(tab, 0)).startswith("Right. " if option.right else "Not quite. ")
        assert text(option.label) in flat(tab.evaluate(focused))  # the focus stays
        if option.right:
            break
    assert item(tab, 0).locator(".questions-answer").get_attribute("aria-live") == "polite"
    for _ in range(60):
        tab.keyboard.press("Tab")
        if tab.evaluate(focused) == "New numbers":
            break
    tab.keyboard.press("Enter")
    assert text(drawn(0, round=1).options[0].label) in flat(tab.evaluate(focused))
    group = item(tab, 0).locator("[role=group]")
    name = tab.evaluate("e => document.getElementById(e.getAttribute('aria-labelledby')).textContent", group.element_handle())
    assert flat(name) == text(drawn(0, round=1).text)


@in_a_browser
@pytest.mark.parametrize("width", [1280, 360])
def test_nobody_is_kept_out(open_page, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab = open_page(viewport={"width": width, "height": 800})
    choose(tab, 0, right=False)
    choose(tab, 1, right=True)
    for theme in ("light", "dark"):
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found = axe.run(tab, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
        assert [f"{theme}: {rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    sizes = [button.bounding_box() for button in tab.locator(".questions-live button:visible").all()]
    assert min(min(size["width"], size["height"]) for size in sizes) >= 44  # for a finger


@in_a_browser
def test_without_scripts_and_on_paper_the_questions_stand_with_folded_answers(open_page):
    tab = open_page(java_script_enabled=False)
    assert tab.locator("details").count() == 5 and not tab.locator(".questions-live").count()
    for place in range(5):
        question = drawn(place)
        fold = tab.locator("details").nth(place)
        right = next(letter for letter, option in zip("ABCDEF", question.options) if option.right)
        assert not fold.get_by_text(f"{right}.", exact=True).is_visible()
        fold.locator("summary").click()
        assert fold.get_by_text(f"{right}.", exact=True).is_visible()
        assert fold.locator("li").count() == len(question.options) - 1
        assert tab.get_by_text(question.text.split(",")[0].split("`")[0].strip(), exact=False).first.is_visible()
    tab = open_page()
    assert tab.locator(".questions-live").is_visible() and not tab.locator(".questions-still").is_visible()
    tab.emulate_media(media="print")
    assert not tab.locator(".questions-live").is_visible() and tab.locator(".questions-still summary").first.is_visible()


# ------------------------------------------------------------------------------------------------- what Sphinx puts into a page


class Builder:
    """As much of Sphinx as the extension asks for."""

    def __init__(self, name="html"):
        self.builder, self.files = types.SimpleNamespace(name=name), []

    def add_css_file(self, name):
        self.files.append(name)

    def add_js_file(self, name, loading_method):
        self.files.append(name)


def test_a_chapter_gets_one_cell_more_and_no_other_page_does(samples):
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": [{"cell_type": "markdown", "source": "# Title"}]})
    for name, changed in {"notebooks/05-feature-maps": True, "notebooks/06-downsampling": False, "solutions/05-feature-maps": False}.items():
        source = [notebook]
        sphinx_questions.add_section(None, name, source)
        cells = json.loads(source[0])["cells"]
        assert (len(cells) == 2 and cells[1]["source"].startswith("## Check yourself")) == changed, name


def test_the_data_say_what_the_templates_drew(samples):
    data = sphinx_questions.data(5)
    assert len(data["templates"]) == 7 and len(data["strings"]) == len(set(data["strings"]))
    for template, items in zip(samples, data["templates"]):
        for item, question in zip(items, sphinx_questions.instances(template, 12), strict=True):
            first, right, *options = item
            assert data["strings"][first] == to_html(question.text) and question.options[right].right
            assert [[data["strings"][n] for n in option] for option in options] == [
                [to_html(option.label), to_html(option.says)] for option in question.options]
    assert draw(samples[0], 0).text == sphinx_questions.instances(samples[0], 12)[0].text  # that without scripts comes first


def test_only_a_page_with_questions_gets_the_script(samples):
    body = '<p>x</p><course-questions chapter="5">\n<p>still</p>\n</course-questions>'
    app, context = Builder(), {"body": body}
    sphinx_questions.add_data(app, "notebooks/05", "page.html", context, None)
    assert app.files == ["questions/questions.css", "questions/questions.js"]
    script = re.search(r'<script type="application/json">(.*)</script>\n<p>still', context["body"], re.S)[1]
    assert "</" not in script and json.loads(script) == sphinx_questions.data(5)
    app, context = Builder("epub"), {"body": body}
    sphinx_questions.add_data(app, "notebooks/05", "page.html", context, None)
    assert context["body"] == "<p>x</p><div>\n<p>still</p>\n</div>" and not app.files
    app, context = Builder(), {"body": "<p>x</p>"}
    sphinx_questions.add_data(app, "book/index", "page.html", context, None)
    assert context["body"] == "<p>x</p>" and not app.files


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_questions_of_a_page_are_small(chapter):
    assert len(gzip.compress(sphinx_questions.as_script(sphinx_questions.data(chapter)).encode(), 6)) < 16_000


def test_the_script_and_the_style_are_small():
    assert sum(len(gzip.compress((FOLDER / name).read_bytes(), 6)) for name in ("questions.js", "questions.css")) < 5_000


@in_a_browser
@pytest.mark.parametrize("name", [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb")) if int(path.name[:2]) in CHAPTERS])
def test_the_page_of_a_chapter(site, browser, name):
    """The built page, from the file system: formulas are set, also those of new questions; the answer comes."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab, noise = context.new_page(), []
    tab.on("pageerror", lambda error: noise.append(str(error)))
    tab.on("request", lambda request: request.url.startswith(("file:", "data:", "blob:")) or noise.append(request.url))
    tab.goto((site / "notebooks" / f"{name}.html").as_uri())
    live = tab.locator("course-questions .questions-live")
    assert tab.locator("nav a[href='#check-yourself']").count()
    assert not tab.locator("course-questions thead .visually-hidden").count()  # a grid of numbers has no heads of columns
    for _ in range(3):
        assert live.locator(".questions-list > li").count() == 5
        for item in live.locator(".questions-list > li").all():
            item.locator(".questions-option").first.click()
            assert item.locator(".questions-answer p").count() == 1
        tab.wait_for_function("() => ![...document.querySelectorAll('.questions-live .math')].some(node => !node.querySelector('mjx-container'))")
        assert "\\(" not in live.inner_text() and not live.locator("mjx-merror").count()
        assert not live.locator("button mjx-container[tabindex]").count()
        live.get_by_role("button", name="New numbers").click()
    context.close()
    assert not noise
