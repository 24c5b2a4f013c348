"""The search finds the page that teaches a thing, first or second, however the thing is spelled."""

import pytest

from tests.browser import Watch, serve

pytest.importorskip("playwright", reason="Playwright is missing (pip install playwright): the search was not tested")
from course.site.browser import CHROMIUM  # noqa: E402

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is missing (Debian: apt install chromium): the search was not tested")

QUERIES = {  # what a reader types, and the page that must be first or second
    "padding": "notebooks/07", "padding same": "notebooks/07", "valid padding": "notebooks/07",
    "1x1 convolution": "notebooks/08", "1×1": "notebooks/08", "1 x 1 convolutions": "notebooks/08", "1-by-1 convolution": "notebooks/08",
    "batch normalization": "notebooks/15", "batch normalisation": "notebooks/15",
    "LeNet code": "notebooks/11", "lenet": "notebooks/11", "alexnet": "notebooks/12", "VGG": "notebooks/13", "dropout": "notebooks/13",
    "inception module": "notebooks/14", "residual block": "notebooks/15", "resnet": "notebooks/15", "dense block": "notebooks/16",
    "growth rate": "notebooks/16", "max pooling": "notebooks/06", "maxpool": "notebooks/06", "downsampling": "notebooks/06",
    "stride": "notebooks/06", "receptive field": "notebooks/05", "feature map": "notebooks/05", "cross-correlation": "notebooks/03",
    "vanishing gradients": "notebooks/01", "weight sharing": "notebooks/04", "mnist": "notebooks/09", "glossary": "book/glossary",
    "cost ledger": "notebooks/05", "color images": "notebooks/", "how to use": "book/how-to-use", "optimizer": "notebooks/01",
}


def found(tab, query):
    """Pages of the results in their order, as the search page would list them."""
    return tab.evaluate("""query => {
        history.replaceState(null, "", "?q=" + encodeURIComponent(query));
        return Search._performSearch(...Search._parseQuery(query)).reverse().map(result => result[0]);
    }""", query)


@pytest.mark.parametrize("way", ["http", "file"])
def test_thirty_queries(site, browser, way):
    with serve(site) as address:
        base = address if way == "http" else site.as_uri() + "/"
        tab = browser.new_page()
        with Watch(tab, base) as watch:
            tab.goto(base + "search.html?q=batch+normalization")
            tab.wait_for_selector("#search-results li")
            first = tab.locator("#search-results li a").first.get_attribute("href")
            results = {query: found(tab, query)[:2] for query in QUERIES}
            tab.wait_for_load_state("networkidle")
        tab.close()
    assert QUERIES["batch normalization"] in first
    assert {query: pages for query, pages in results.items() if not any(page.startswith(QUERIES[query]) for page in pages)} == {}
    assert not watch.noise
