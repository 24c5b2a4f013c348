"""Every page in a real browser: nothing fails, nothing leaves the machine, everybody can read it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from course import ROOT
from course.site import pdf
from course.site.browser import CHROMIUM
from tests.browser import Watch, serve

axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is missing (Debian: apt install chromium)")

WIDTHS = {1280: 800, 390: 844}  # a desktop and a phone
THEMES = {  # what axe looks at: all its rules once, those for colours in each theme
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]},
}
SENTENCE = r"[A-Z0-9].{20,}[.?]"


def pages():
    """Pages of the table of contents, and those that Sphinx adds."""

    def files(entry):
        for key in ("chapters", "sections", "parts"):
            for child in entry.get(key, ()):
                yield from files(child)
        if "file" in entry:
            yield entry["file"]
        if "glob" in entry:
            yield from sorted(str(path.relative_to(ROOT).with_suffix("")) for path in ROOT.glob(entry["glob"] + ".ipynb"))

    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [f"{name}.html" for name in [toc["root"], *files(toc)]] + ["search.html", "genindex.html"]


@pytest.fixture(scope="module")
def address(site):
    with serve(site) as url:
        yield url


@pytest.fixture(scope="module")
def tabs(browser):
    """A tab for each width, used for all pages."""
    contexts = [browser.new_context(viewport={"width": w, "height": h}, reduced_motion="reduce") for w, h in WIDTHS.items()]
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def settle(tab):
    """Load what is lazy, open what is folded, wait for the formulas."""
    tab.evaluate("""async () => {
        document.querySelectorAll("img").forEach(image => { image.loading = "eager"; });
        document.querySelectorAll("details").forEach(fold => { fold.open = true; });
        if (window.MathJax?.startup) await MathJax.startup.promise;
        await Promise.all([...document.images].map(image => image.decode().catch(() => 0)));
    }""")


def shift(tab):
    """How far what was there already moved while the page loaded (cumulative layout shift)."""
    return tab.evaluate("""() => new Promise(done => {
        let sum = 0;
        new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.value; }))
            .observe({type: "layout-shift", buffered: true});
        setTimeout(() => done(sum), 50);
    })""")


def thin(tab):
    """Leave one token of each kind of code, three formulas, six entries of a menu and twelve rows of a table.

    axe would look at thousands that are alike.
    """
    tab.evaluate("""() => {
        const seen = new Set();
        document.querySelectorAll(".highlight pre span").forEach(token =>
            seen.has(token.className) ? token.replaceWith(token.textContent) : seen.add(token.className));
        document.querySelectorAll("pre").forEach(code => code.normalize());
        document.querySelectorAll("nav li:nth-child(n+7):not(.current), tbody tr:nth-child(n+13)").forEach(more => more.remove());
        [...document.querySelectorAll("mjx-container")].slice(3).forEach(formula => formula.replaceChildren("x"));
    }""")


def choose(tab, theme):
    tab.evaluate("theme => Object.assign(document.documentElement.dataset, {mode: theme, theme})", theme)


@pytest.mark.parametrize("name", pages())
def test_page(site, address, tabs, name):
    axe = axe_playwright.Axe()
    found = []
    for tab, base in zip(tabs, (site.as_uri() + "/", address), strict=True):  # the desktop opens files, the phone a server's pages
        width = tab.viewport_size["width"]
        with Watch(tab, base) as watch:
            tab.goto(base + name)
            moved = shift(tab)
            settle(tab)
        if moved > 0.1:  # the most that web.dev calls good
            found.append(f"{width}: what is on the page moves while it loads, layout shift {moved:.2f}")
        found += [f"{width}: {noise}" for noise in watch.noise]
        wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{width}: the page is {wide} pixels too wide")
        if tab.query_selector("mjx-merror, mjx-container [style*='color: red']"):
            found.append("a formula is wrong")
        if tab.query_selector("span.math, div.math") and not tab.query_selector("mjx-container"):
            found.append("formulas are not set")
        thin(tab)
        for theme, options in THEMES.items():
            choose(tab, theme)
            found += [
                f"{width}, {theme}: {rule['id']}: {rule['help']}: {node['html'][:150]} {node['failureSummary'][:300]}"
                for rule in axe.run(tab, options=options).response["violations"]
                for node in rule["nodes"][:2]
            ]
    for image in tabs[0].query_selector_all("article img"):
        alt = image.get_attribute("alt") or ""
        if not re.fullmatch(SENTENCE, alt, re.S):
            found.append(f"alt text is no sentence: {alt!r}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("way", ["http", "file"])
def test_search_and_theme(site, address, tabs, way):
    base = address if way == "http" else site.as_uri() + "/"
    tab = tabs[0]
    with Watch(tab, base) as watch:
        tab.goto(base + "index.html")
        tab.wait_for_url("**/book/index.html")
        tab.goto(base + "notebooks/05-feature-maps.html")
        tab.keyboard.press("Control+k")
        tab.keyboard.type("receptive field")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#search-results li")
        assert tab.locator("#search-results li", has_text="Feature maps").count()
        tab.wait_for_load_state("networkidle")  # summaries of the results are still on their way
        tab.go_back()
        background = "getComputedStyle(document.body).backgroundColor"
        seen = set()
        for _ in range(3):  # light, dark, system
            tab.locator(".theme-switch-button").first.click()
            seen.add((tab.evaluate("document.documentElement.dataset.mode"), tab.evaluate(background)))
        assert {mode for mode, _ in seen} == {"light", "dark", "auto"} and len({colour for _, colour in seen}) == 2
    assert not watch.noise


@pytest.mark.parametrize("name", ["book/index.html", "notebooks/05-feature-maps.html"])
@pytest.mark.parametrize("number", [0, 1], ids=["desktop", "phone"])
def test_keyboard_reaches_everything(address, tabs, number, name):
    """Tab walks to each link, button, field and fold that can be seen, and shows where it is."""
    tab = tabs[number]
    tab.goto(address + name)
    tab.evaluate("""() => {
        const wanted = "a[href], button, input, select, textarea, summary, [tabindex='0']";
        window.missing = new Set([...document.querySelectorAll(wanted)].filter(e =>
            e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0 && e.getClientRects().length));
        window.walk = [];
        document.addEventListener("focusin", event => {
            missing.delete(event.target);
            const style = getComputedStyle(event.target);
            walk.push([event.target.textContent.trim(), style.outlineStyle !== "none" || style.boxShadow !== "none"]);
        });
    }""")
    for _ in range(600):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement === document.body || !missing.size"):
            break
    walk = tab.evaluate("walk")
    assert walk[0][0] == "Skip to main content"
    assert tab.evaluate("[...missing].map(e => e.outerHTML.slice(0, 200))") == []
    assert [text for text, shown in walk if not shown] == []


def test_keyboard_works(address, tabs):
    tab, phone = tabs
    tab.goto(address + "notebooks/05-feature-maps.html")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#main-content")
    fold = tab.locator("article details").first
    fold.locator("summary").first.focus()
    tab.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None
    before = tab.evaluate("document.documentElement.dataset.mode")
    tab.locator(".theme-switch-button").first.focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.documentElement.dataset.mode") != before
    phone.goto(address + "notebooks/05-feature-maps.html")
    phone.locator("button.primary-toggle").first.focus()
    phone.keyboard.press("Enter")
    link = phone.locator("#pst-primary-sidebar-modal a, .bd-sidebar-primary a", has_text="Convolution").first
    link.wait_for(state="visible")
    phone.keyboard.press("Escape")
    link.wait_for(state="hidden")


def test_pdf_has_bookmarks_and_its_links_stay_inside(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    for name, following, text in (("book/index", "../notebooks/01-a.html", "Start"), ("notebooks/01-a", None, "Chapter")):
        path = tmp_path / f"{name}.html"
        path.parent.mkdir()
        link = f'<link rel="next" title="x" href="{following}" />' if following else ""
        path.write_text(
            f"<!doctype html><html lang=en><title>x</title>{link}<article><h1>{text}<a>#</a></h1>"
            f'<a href="../book/index.html">in</a> <a href="../file.ipynb">out</a><details><summary>Q</summary>answer</details></article>'
        )
    with ThreadPoolExecutor(1) as thread:  # of its own: the other tests' browser holds this one
        count = thread.submit(pdf.make, tmp_path, tmp_path / "course.pdf").result()
    made = pypdf.PdfReader(tmp_path / "course.pdf")
    assert count == len(made.pages) == 4  # title, contents, two pages
    assert [mark.title for mark in made.outline if not isinstance(mark, list)] == ["Start", "1. Chapter"]
    assert "answer" in made.pages[3].extract_text() and made.pages[3].extract_text().rstrip().endswith("4")
    links = [note.get_object() for page in made.pages for note in page.get("/Annots", [])]
    assert len(links) == 2 and all(link["/Dest"][0].get_object() == made.pages[2] for link in links)
