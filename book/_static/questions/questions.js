/**
 * <course-questions>: five questions on a chapter, with an answer at once. Its instances stand in it as JSON (course/questions).
 * The questions with folded answers, which the page has without scripts, stay for paper.
 */
"use strict";
(() => {
  const SHOWN = 5;

  /** Make an element; `on…` are listeners, `html` comes from the page's own data. */
  function make(tag, { html, ...attributes } = {}, ...children) {
    const node = document.createElement(tag);
    if (html !== undefined) node.innerHTML = html;
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  /** What this browser keeps; a browser that keeps nothing (private window, blocked) is none the worse. */
  function kept(key) {
    try {
      const found = JSON.parse(localStorage.getItem(key));
      return found && [found.round, found.answered, found.right].every((n) => Number.isInteger(n) && n >= 0) ? found : null;
    } catch {
      return null;
    }
  }
  function keep(key, value) {
    try {
      if (value) localStorage.setItem(key, JSON.stringify(value));
      else localStorage.removeItem(key);
    } catch {
      // the count lasts as long as the page then
    }
  }

  /** Let the site's MathJax set the formulas. */
  async function typeset(node) {
    if (!window.MathJax?.startup || !node.querySelector(".math")) return;
    await MathJax.startup.promise;
    await MathJax.typesetPromise([node]);
    for (const formula of node.querySelectorAll("button mjx-container")) formula.removeAttribute("tabindex"); // the button has the focus
  }

  class Questions extends HTMLElement {
    connectedCallback() {
      if (this.built) return;
      this.built = true;
      const source = this.querySelector("script[type='application/json']");
      if (!source) return;
      ({ strings: this.strings, templates: this.templates } = JSON.parse(source.textContent));
      source.remove();
      this.key = `course-questions:${this.getAttribute("chapter")}`;
      this.state = kept(this.key) || { round: 0, answered: 0, right: 0 };
      const still = make("div", { class: "questions-still" }, ...this.childNodes);
      this.list = make("ol", { class: "questions-list" });
      this.count = make("p", { class: "questions-count" });
      this.voice = make("p", { class: "questions-voice", role: "status" });
      const press = (text, onclick) => make("button", { type: "button", class: "questions-button", onclick, html: text });
      this.live = make(
        "div",
        { class: "questions-live" },
        this.list,
        this.voice,
        make(
          "div",
          { class: "questions-foot" },
          press("New numbers", () => this.next()),
          this.count,
          (this.forget = press("Forget the count", () => this.reset())),
        ),
      );
      this.append(this.live, still);
      this.draw();
      new ResizeObserver(() => this.reach()).observe(this.list);
      this.classList.add("questions");
    }

    /** Five templates, going round; each time that a template comes back it has other numbers. */
    pick(round) {
      const many = this.templates.length;
      const shown = Math.min(SHOWN, many);
      return Array.from({ length: shown }, (_, i) => {
        const place = round * shown + i;
        const items = this.templates[place % many];
        return items[Math.floor(place / many) % items.length];
      });
    }

    draw() {
      this.list.replaceChildren(...this.pick(this.state.round).map((item, i) => this.question(item, i)));
      this.total();
      this.reach();
      return typeset(this.list);
    }

    /** A table that is wider than the page can be moved by keys, too. */
    reach() {
      for (const text of this.list.querySelectorAll(".questions-text")) {
        if (text.scrollWidth > text.clientWidth) text.tabIndex = 0;
        else text.removeAttribute("tabindex");
      }
    }

    question([text, right, ...options], place) {
      const id = `${this.key.replace(":", "-")}-${place}`;
      let tries = 0;
      const answer = make("div", { class: "questions-answer", role: "status", "aria-live": "polite" });
      const buttons = options.map(([label, why], i) => {
        const mark = make("span", { class: "questions-mark", role: "img" });
        const choose = () => {
          if (done) return;
          done = i === right;
          tries += 1;
          if (tries === 1) this.score(done);
          button.classList.add(done ? "questions-right" : "questions-wrong");
          button.setAttribute("aria-pressed", "true");
          mark.textContent = done ? "✓" : "✗";
          mark.setAttribute("aria-label", done ? "right" : "wrong");
          if (done) for (const other of buttons) other.setAttribute("aria-disabled", "true");
          answer.replaceChildren(
            make("p", { html: `<strong>${done ? "Right." : "Not quite."}</strong> ${this.strings[why]}` }),
          );
          typeset(answer);
        };
        const button = make(
          "button",
          { type: "button", class: "questions-option", "aria-pressed": "false", onclick: choose },
          mark,
          make("span", { html: this.strings[label] }),
        );
        return button;
      });
      let done = false;
      return make(
        "li",
        {},
        make("div", { class: "questions-text", id, html: this.strings[text] }),
        make("div", { class: "questions-options", role: "group", "aria-labelledby": id }, ...buttons),
        answer,
      );
    }

    score(right) {
      this.state.answered += 1;
      this.state.right += Number(right);
      keep(this.key, this.state);
      this.total();
    }

    total() {
      const { answered, right } = this.state;
      this.count.textContent = answered ? `${right} of ${answered} right at the first try, counted in this browser only.` : "";
      this.forget.hidden = !answered;
    }

    async next() {
      this.state.round += 1;
      keep(this.key, this.state);
      await this.draw();
      this.list.querySelector(".questions-option").focus({ preventScroll: true });
      this.scrollIntoView({ block: "start" });
      this.voice.textContent = `Questions with new numbers, round ${this.state.round + 1}.`;
    }

    reset() {
      Object.assign(this.state, { answered: 0, right: 0 });
      keep(this.key, this.state.round ? this.state : null);
      this.total();
      this.voice.textContent = "The count is forgotten.";
      this.live.querySelector(".questions-foot button").focus();
    }
  }

  customElements.define("course-questions", Questions);
})();
