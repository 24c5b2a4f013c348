/**
 * What the live demos share: elements, fields, tables of numbers with a cursor, a voice for screen readers.
 */
"use strict";
window.courseDemos = window.courseDemos || {};

courseDemos.ui = (() => {
  let ids = 0;
  const here = document.currentScript.src;
  const loaded = {};

  /**
   * Make an element.
   * @param {string} tag
   * @param {Object<string, *>} [attributes] `on…` are listeners, `text` is its text, true and false set or leave out
   * @param {...(Node|string)} children
   */
  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name === "text") node.textContent = value;
      else if (value !== false && value !== undefined && value !== null) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  }

  /**
   * Load a script with data that stands beside this one. (A script, because pages from the file system may not fetch.)
   * @param {string} file
   * @returns {Promise<void>}
   */
  function load(file) {
    loaded[file] =
      loaded[file] ||
      new Promise((resolve, reject) => {
        document.head.append(
          make("script", {
            src: new URL(file, here).href,
            onload: resolve,
            onerror: () => reject(new Error(`${file} could not be loaded.`)),
          }),
        );
      });
    return loaded[file];
  }

  /** A number as text: at most `digits` decimals and a real minus sign. */
  function number(value, digits = 2) {
    if (!Number.isFinite(value)) return value === Infinity ? "∞" : "–";
    return value
      .toLocaleString("en-US", { maximumFractionDigits: digits, useGrouping: Math.abs(value) >= 10000 })
      .replace(/^-0$/, "0")
      .replace("-", "−");
  }

  /** Is less motion wanted? */
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  const button = (text, onclick, attributes = {}) =>
    make("button", { type: "button", class: "demo-button", text, onclick, ...attributes });

  /** A labelled list to choose from. `options`: pairs [value, text]. */
  function choice(label, options, value, onchange, attributes = {}) {
    const id = `demo-${++ids}`;
    const control = make(
      "select",
      { id, ...attributes, onchange: () => onchange(control.value) },
      ...options.map(([key, text]) => make("option", { value: key, text })),
    );
    control.value = value;
    const field = make("span", { class: "demo-field" }, make("label", { for: id, text: label }), control);
    field.control = control;
    return field;
  }

  /** The options of a table of examples, whose entries begin with a name, and a last one for what the reader makes. */
  const named = (examples) => [...Object.entries(examples).map(([key, [name]]) => [key, name]), ["own", "your own"]];

  /** A labelled number. What lies outside its limits, or is no number, is put right when the field is left. */
  function amount(label, value, { min = 0, max = 99, step = 1, ...attributes }, onchange) {
    const id = `demo-${++ids}`;
    const right = () => {
      const typed = Number(control.value);
      return (
        control.value.trim() !== "" &&
        Number.isFinite(typed) &&
        typed >= min &&
        typed <= max &&
        (step === "any" || Number.isInteger(typed))
      );
    };
    const control = make("input", {
      id,
      type: "number",
      min,
      max,
      step,
      value,
      inputmode: min < 0 ? "text" : "numeric",
      ...attributes,
      oninput: () => {
        control.setAttribute("aria-invalid", String(!right()));
        if (right()) {
          control.kept = control.value;
          onchange(Number(control.value));
        }
      },
      onblur: () => {
        if (!right()) {
          control.value = control.kept;
          control.setAttribute("aria-invalid", "false");
        }
      },
    });
    control.kept = String(value);
    control.show = (shown) => {
      control.kept = String(shown);
      if (document.activeElement !== control || !right()) control.value = shown;
    };
    const field = make("span", { class: "demo-field" }, make("label", { for: id, text: label }), control);
    field.control = control;
    return field;
  }

  /** A labelled tick. */
  function tick(label, checked, onchange) {
    const id = `demo-${++ids}`;
    const control = make("input", { id, type: "checkbox", onchange: () => onchange(control.checked) });
    control.checked = checked;
    const field = make("span", { class: "demo-field demo-tick" }, control, make("label", { for: id, text: label }));
    field.control = control;
    return field;
  }

  const fieldset = (legend, ...children) =>
    make("fieldset", { class: "demo-fields" }, make("legend", { text: legend }), ...children);

  /** A panel with a caption. */
  function panel(caption, content, attributes = {}) {
    const text = make("p", { class: "demo-caption", text: caption });
    const node = make("div", { class: "demo-panel", ...attributes }, text, content);
    node.caption = text;
    return node;
  }

  /**
   * A table of numbers. With `move` it is a grid with a cursor: arrow keys, Home, End, Page Up and Page Down, click.
   * Call `table.draw({rows, columns, cell, cursor, label})`; `cell(r, c)` returns {text, kind, tint, shade, says}:
   * kind is its class, tint colours it blue (to 1) or orange (to -1), shade makes a cell without text darker (0 to 1).
   */
  class Numbers {
    /** @param {{move?: function(number, number): void, grab?: function(number, number): void}} listeners */
    constructor({ move, grab } = {}) {
      this.move = move;
      this.node = make("table", { class: "demo-numbers" }, make("tbody"));
      this.size = [0, 0];
      if (move) {
        this.node.setAttribute("role", "grid");
        this.node.addEventListener("keydown", (event) => this.key(event));
        this.node.addEventListener("click", (event) => {
          const cell = event.target.closest("td");
          if (cell) {
            move(+cell.dataset.row, +cell.dataset.column);
            this.focus();
          }
        });
      }
      if (grab) this.listen(grab);
    }

    listen(grab) {
      let held = false;
      const at = (event) => {
        const under = document.elementFromPoint(event.clientX, event.clientY);
        const cell = under && under.closest("td");
        if (cell && this.node.contains(cell)) grab(+cell.dataset.row, +cell.dataset.column);
      };
      this.node.classList.add("demo-grab");
      this.node.addEventListener("pointerdown", (event) => {
        held = true;
        at(event);
      });
      this.node.addEventListener("pointermove", (event) => {
        if (held) at(event);
      });
      for (const end of ["pointerup", "pointercancel"])
        window.addEventListener(end, () => {
          held = false;
        });
    }

    key(event) {
      const [rows, columns] = this.size;
      const [r, c] = this.cursor;
      const next = {
        ArrowUp: [r - 1, c],
        ArrowDown: [r + 1, c],
        ArrowLeft: [r, c - 1],
        ArrowRight: [r, c + 1],
        Home: event.ctrlKey ? [0, 0] : [r, 0],
        End: event.ctrlKey ? [rows - 1, columns - 1] : [r, columns - 1],
        PageUp: [0, c],
        PageDown: [rows - 1, c],
      }[event.key];
      if (!next || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // the theme turns pages with the arrow keys
      this.move(clamp(next[0], 0, rows - 1), clamp(next[1], 0, columns - 1));
      this.focus();
    }

    focus() {
      this.node.querySelector("td[tabindex='0']")?.focus({ preventScroll: true });
    }

    draw({ rows, columns, cell, cursor, label }) {
      const focused = this.node.contains(document.activeElement);
      const body = this.node.firstChild;
      if (rows !== this.size[0] || columns !== this.size[1]) {
        this.size = [rows, columns];
        body.replaceChildren(
          ...Array.from({ length: rows }, (_, r) =>
            make("tr", {}, ...Array.from({ length: columns }, (_, c) => make("td", { "data-row": r, "data-column": c }))),
          ),
        );
        this.node.style.setProperty("--columns", columns);
        if (this.move) {
          for (const row of body.rows) row.setAttribute("role", "row");
          for (const td of body.querySelectorAll("td")) td.setAttribute("role", "gridcell");
        }
      }
      this.cursor = cursor;
      if (label) this.node.setAttribute("aria-label", label);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          const td = body.rows[r].cells[c];
          const { text = "", kind = "", tint = 0, shade = 0, says } = cell(r, c);
          if (td.textContent !== text) td.textContent = text;
          if (td.className !== kind) td.className = kind;
          // Blue for positive, orange for negative: told apart by colour-blind readers too, and the sign is written.
          const color = tint < 0 ? "213, 94, 0" : "0, 114, 178";
          td.style.backgroundColor = tint || shade ? `rgba(${color}, ${shade || 0.3 * Math.min(Math.abs(tint), 1)})` : "";
          if (says) td.setAttribute("aria-label", says);
          if (this.move) {
            const here = cursor && r === cursor[0] && c === cursor[1];
            td.tabIndex = here ? 0 : -1;
            td.setAttribute("aria-selected", String(Boolean(here)));
          }
        }
      }
      if (focused) this.focus();
    }
  }

  /** Matrix from text: a line for each row, numbers with spaces or commas between them. An Error tells what is wrong. */
  function readMatrix(text, most = 12) {
    const rows = text
      .trim()
      .split(/\n+/)
      .map((line) =>
        line
          .trim()
          .replace(/−/g, "-")
          .split(/[\s,;]+/)
          .map(Number),
      );
    if (rows.some((row) => row.some((value) => !Number.isFinite(value))))
      throw new Error("Only numbers, please, with spaces between them.");
    if (rows.some((row) => row.length !== rows[0].length)) throw new Error("All rows need the same count of numbers.");
    if (rows.length > most || rows[0].length > most) throw new Error(`At most ${most} rows and ${most} columns.`);
    if (rows.some((row) => row.some((value) => Math.abs(value) > 999))) throw new Error("Numbers from −999 to 999.");
    return rows;
  }

  const writeMatrix = (rows) => rows.map((row) => row.join(" ")).join("\n");

  /** A folded text box in which a reader writes a matrix. */
  function matrixEditor(summary, onread) {
    const id = `demo-${++ids}`;
    const box = make("textarea", { id, rows: 6, cols: 24, spellcheck: "false" });
    const problem = make("p", { class: "demo-problem", role: "alert" });
    const use = button("Use it", () => {
      try {
        onread(readMatrix(box.value));
        problem.textContent = "";
      } catch (error) {
        problem.textContent = error.message;
      }
    });
    const node = make(
      "details",
      { class: "demo-own" },
      make("summary", { text: summary }),
      make("label", { for: id, text: "A line for each row, numbers with spaces between them" }),
      box,
      use,
      problem,
    );
    node.show = (rows) => {
      box.value = writeMatrix(rows);
    };
    node.more = (...children) => node.append(...children);
    return node;
  }

  /** Base of the demos: replaces the fallback, gives the demo a name and a voice. */
  class Demo extends HTMLElement {
    connectedCallback() {
      if (this.built) return;
      this.built = true;
      const id = `demo-${++ids}`;
      this.classList.add("demo");
      this.setAttribute("role", "group");
      this.setAttribute("aria-labelledby", id);
      this.voice = make("p", { class: "demo-voice", role: "status", "aria-live": "polite" });
      this.replaceChildren(make("p", { class: "demo-title", id, text: this.constructor.title }), this.voice);
      this.build();
      this.append(this.voice);
    }

    /**
     * Tell a screen reader the state, once things have been still for a moment.
     * @param {string} text
     */
    say(text) {
      clearTimeout(this.waiting);
      if (this.said === undefined) {
        // nothing is announced while the page loads
        this.said = text;
        return;
      }
      this.said = text;
      this.waiting = setTimeout(() => {
        if (this.voice.textContent !== text) this.voice.textContent = text;
      }, 450);
    }
  }

  return { make, load, number, calm, clamp, button, choice, named, amount, tick, fieldset, panel, Numbers, matrixEditor, Demo };
})();
