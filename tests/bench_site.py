"""Print what a reader's browser loads, and Lighthouse's scores of a chapter: python -m tests.bench_site"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from course import ROOT
from course.site.browser import CHROMIUM, open_browser
from tests.browser import serve

CHAPTER = "notebooks/05-feature-maps.html"
LIGHTHOUSE = "lighthouse@12"  # 13 needs a newer Node


def loaded(context, address, scroll=False):
    """Bytes over the wire for one page, as the browser counts them: what it has cached costs nothing."""
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    session.send("Network.enable")
    sizes, cached = {}, set()
    session.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    tab.goto(address, wait_until="networkidle")
    if scroll:
        tab.evaluate("""async () => {
            for (let y = 0; y < document.body.scrollHeight; y += 500) {
                scrollTo(0, y);
                await new Promise(done => setTimeout(done, 25));
            }
        }""")
        tab.wait_for_load_state("networkidle")
    tab.wait_for_timeout(300)
    tab.close()
    return sum(size for request, size in sizes.items() if request not in cached)


def weigh(site):
    """Bytes of a first visit and of each later page, compressed: as it opens, and read to its end."""
    names = sorted(str(path.relative_to(site)) for folder in ("book", "notebooks") for path in site.glob(f"{folder}/*.html"))
    with serve(site) as address, open_browser() as browser:
        for name in ("book/index.html", CHAPTER):
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            print(f"first visit, {name}: {loaded(context, address + name) / 1000:.0f} kB (aim: 800)")
            context.close()
        print(f"{'later pages':50} {'opened':>8} {'read to the end':>16}  (aim: 150 kB)")
        for name in names:
            sizes = []
            for scroll in (False, True):
                context = browser.new_context(viewport={"width": 1280, "height": 800})
                loaded(context, address + "book/notation.html", True)  # a page with formulas
                sizes.append(loaded(context, address + name, scroll))
                context.close()
            print(f"{name:50} {sizes[0] / 1000:5.0f} kB {sizes[1] / 1000:13.0f} kB")


def lighthouse(site):
    """Lighthouse's scores on a desktop, installed into .cache when it is not there."""
    folder = ROOT / ".cache" / "lighthouse"
    if not shutil.which("npm"):
        print("Lighthouse: npm is missing (Debian: apt install npm)")
        return
    program = folder / "node_modules/.bin/lighthouse"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", folder, LIGHTHOUSE], check=True)
    report = folder / "report.json"
    with serve(site) as address:
        subprocess.run(
            [program, address + CHAPTER, "--preset=desktop", "--quiet", "--output=json", f"--output-path={report}",
             "--only-categories=performance,accessibility,best-practices", f"--chrome-path={CHROMIUM}",
             "--chrome-flags=--headless=new --no-sandbox", "--no-enable-error-reporting"],
            check=True,
        )
    result = json.loads(report.read_text())
    print(f"Lighthouse, desktop, {CHAPTER}: " + ", ".join(
        f"{category['title']} {category['score']:.2f}" for category in result["categories"].values()))
    for audit in result["audits"].values():
        if audit["score"] is not None and audit["score"] < 0.9 and audit["scoreDisplayMode"] != "informative":
            print(f"  {audit['score']:.2f} {audit['title']} {audit.get('displayValue', '')}")


if __name__ == "__main__":
    if not CHROMIUM:
        sys.exit("chromium is missing (Debian: apt install chromium): pages were not measured")
    built = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "_build/html").resolve()
    weigh(built)
    lighthouse(built)
