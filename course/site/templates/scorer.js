/* Order of the search results: the chapter that teaches a term, then the glossary, then titles and headings. */
var Scorer = {
  objNameMatch: 11, objPartialMatch: 6, objPrio: {0: 15, 1: 5, 2: -5}, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
  places: {notebooks: 10, book: 5, exercises: 0, solutions: -5},

  stems: text => splitQuery(text.toLowerCase()).map(word => new Stemmer().stemWord(word)),

  score: ([docname, title, anchor, descr, score]) => {
    const words = new Set(Scorer.stems(new URLSearchParams(location.search).get("q") || ""));
    const share = text => new Set(Scorer.stems(text).filter(word => words.has(word))).size / (words.size || 1);
    const [page, section = ""] = title.split(" > ");
    const number = Search._index.docnames.indexOf(docname);
    const headings = Object.entries(Search._index.alltitles)
      .filter(([_, places]) => places.some(([file]) => file === number)).map(([heading]) => share(heading));
    const lessons = Object.entries(typeof LESSONS === "undefined" ? {} : LESSONS)
      .filter(([term, chapter]) => chapter === docname && Scorer.stems(term).every(word => words.has(word)))
      .map(([term]) => share(term));
    const entry = docname === "book/glossary" && anchor ? score : 0;
    return (Scorer.places[docname.split("/")[0]] || 0) + 40 * share(page) + 15 * share(section)
      + 30 * Math.max(0, ...headings) + 100 * Math.max(0, ...lessons) + entry / 2 + score / 10;
  },
};
