/** The demo <course-pooling>: what max and average pooling keep of a map. */
"use strict";
(() => {
  const { pool, side } = courseDemos.arithmetic;
  const { make, number, clamp, choice, named, amount, panel, Numbers, matrixEditor, Demo } = courseDemos.ui;

  const EXAMPLES = {
    S04: [
      "the lecture's 6×6 map (S04)",
      [
        [5, 1, 3, 5, 7, 9],
        [3, 4, 4, 0, 7, 8],
        [6, 1, 8, 6, 3, 4],
        [1, 3, 5, 8, 4, 6],
        [1, 1, 5, 3, 1, 2],
        [1, 2, 2, 6, 4, 6],
      ],
    ],
    H04: [
      "map of filter 1 (H04)",
      [
        [3, -1, -3, -1],
        [-3, 1, 0, -3],
        [-3, -3, 0, 1],
        [3, -2, -2, -1],
      ],
    ],
    "H04-2": [
      "map of filter 2 (H04)",
      [
        [-1, -1, -1, -1],
        [-1, -1, -2, 1],
        [-1, -1, -2, 1],
        [-1, 0, -4, 3],
      ],
    ],
    odd: [
      "5×5: an odd size",
      [
        [5, 8, 0, 4, 8],
        [3, 9, 2, 9, 2],
        [4, 9, 2, 3, 6],
        [5, 4, 8, 2, 0],
        [5, 8, 0, 0, 8],
      ],
    ],
    spike: [
      "one bright pixel",
      Array.from({ length: 6 }, (_, r) => Array.from({ length: 6 }, (_, c) => (r === 2 && c === 3 ? 9 : 0))),
    ],
  };

  class Pooling extends Demo {
    static title = "Live: pooling";

    build() {
      this.state = { image: EXAMPLES.S04[1], kind: "max", size: 2, stride: 2, padding: "valid", row: 0, column: 0 };
      const change = (name) => (value) => this.set({ [name]: value });
      const c = (this.controls = {
        example: choice("Map", named(EXAMPLES), "S04", (key) => {
          if (EXAMPLES[key]) this.set({ image: EXAMPLES[key][1] });
        }),
        kind: choice(
          "Keep",
          [
            ["max", "the maximum"],
            ["average", "the average"],
          ],
          "max",
          change("kind"),
        ),
        size: amount("Window", 2, { min: 1, max: 6 }, change("size")),
        stride: amount("Stride", 2, { min: 1, max: 6 }, change("stride")),
        padding: choice(
          "Padding",
          [
            ["valid", "valid"],
            ["same", "same"],
          ],
          "valid",
          change("padding"),
        ),
      });
      this.input = new Numbers({ grab: (r, x) => this.grab(r, x) });
      this.output = new Numbers({ move: (r, x) => this.go(r, x) });
      this.inputPanel = panel("", this.input.node);
      this.outputPanel = panel("", this.output.node);
      this.problem = make("p", { class: "demo-problem", role: "alert" });
      this.window = make("p", { class: "demo-sum" });
      this.lost = make("p", { class: "demo-sum" });
      this.own = matrixEditor("Your own map", (image) => this.set({ image }));
      this.append(
        make("div", { class: "demo-fields" }, ...Object.values(c)),
        this.problem,
        make("div", { class: "demo-panels" }, this.inputPanel, this.outputPanel),
        this.window,
        this.lost,
        make(
          "p",
          { class: "demo-key" },
          make("span", { class: "demo-window", text: "window" }),
          " ",
          make("span", { class: "demo-lost", text: "thrown away" }),
          " ",
          make("span", { class: "demo-unread", text: "never read" }),
        ),
        this.own,
      );
      this.set({});
    }

    /** Change settings and draw: image, kind, size, stride, padding. */
    set(changes) {
      Object.assign(this.state, changes);
      const { image, size, stride, padding } = this.state;
      this.controls.example.control.value =
        Object.keys(EXAMPLES).find((key) => String(EXAMPLES[key][1]) === String(image)) || "own";
      for (const name of ["kind", "padding"]) this.controls[name].control.value = this.state[name];
      for (const name of ["size", "stride"]) this.controls[name].control.show(this.state[name]);
      this.sides = [image.length, image[0].length].map((n) => side(n, size, stride, padding));
      this.pooled = this.sides.every((s) => s.size > 0) ? pool(image, this.state) : [];
      this.own.show(image);
      this.draw();
    }

    /** Look at one place of the output. */
    go(row, column) {
      Object.assign(this.state, { row, column });
      this.draw();
    }

    grab(row, column) {
      if (!this.pooled.length) return;
      const place = (at, s) => clamp(Math.round((at + s.before - (this.state.size - 1) / 2) / this.state.stride), 0, s.size - 1);
      this.go(place(row, this.sides[0]), place(column, this.sides[1]));
    }

    draw() {
      const { image, kind, size } = this.state;
      const { pooled } = this;
      this.state.row = clamp(this.state.row, 0, Math.max(pooled.length - 1, 0));
      this.state.column = clamp(this.state.column, 0, Math.max((pooled[0] || []).length - 1, 0));
      const now = pooled.length ? pooled[this.state.row][this.state.column] : { cells: [] };
      const key = ([r, c]) => `${r},${c}`;
      const all = pooled.flat();
      const read = new Set(all.flatMap((place) => place.cells.map(key)));
      const kept = new Set(kind === "max" ? all.map((place) => key(place.kept)) : []);
      const here = new Set(now.cells.map(key));
      const fate = (at) => (!read.has(at) ? "never read" : kind === "max" ? (kept.has(at) ? "kept" : "thrown away") : "averaged");
      this.inputPanel.caption.textContent = `Map ${image.length}×${image[0].length}`;
      this.input.draw({
        rows: image.length,
        columns: image[0].length,
        label: "Map; the window is marked",
        cell: (r, c) => {
          const at = `${r},${c}`;
          const kinds = { "never read": "demo-unread", kept: "demo-kept", "thrown away": "demo-lost", averaged: "" };
          return {
            text: number(image[r][c]),
            kind: `${kinds[fate(at)]} ${here.has(at) ? "demo-window" : ""}`.trim(),
            says: `${number(image[r][c])}, ${fate(at)}`,
          };
        },
      });
      this.outputPanel.caption.textContent = pooled.length ? `Pooled ${pooled.length}×${pooled[0].length}` : "No output";
      this.output.draw({
        rows: pooled.length,
        columns: (pooled[0] || []).length,
        cursor: [this.state.row, this.state.column],
        label: "Pooled map; the arrow keys move the window",
        cell: (r, c) => ({
          text: number(pooled[r][c].value),
          kind: r === this.state.row && c === this.state.column ? "demo-window" : "",
          says: `row ${r + 1}, column ${c + 1}: ${number(pooled[r][c].value)}`,
        }),
      });
      if (!pooled.length) {
        this.problem.textContent = `A window of ${size}×${size} does not fit into ${image.length}×${image[0].length}.`;
        this.window.textContent = this.lost.textContent = "";
        return this.say(this.problem.textContent);
      }
      this.problem.textContent = "";
      const values = now.cells.map(([r, c]) => number(image[r][c]));
      const result =
        kind === "max"
          ? `the largest of ${values.join(", ")} is ${number(now.value)}`
          : `(${values.map((v) => (v.startsWith("−") ? `(${v})` : v)).join(" + ")}) / ${values.length} = ${number(now.value)}`;
      this.window.textContent = `Row ${this.state.row + 1}, column ${this.state.column + 1}: ${result}.`;
      const count = image.length * image[0].length;
      const unread = count - read.size;
      this.lost.textContent =
        `${count} values in, ${all.length} out. ` +
        (kind === "max"
          ? `${read.size - kept.size} lie in a window and are thrown away, with the place of the maximum. `
          : "Of each window only the average is left: not which value stood where. ") +
        (unread ? `${unread} ${unread === 1 ? "is" : "are"} never read: the floor in the formula.` : "");
      this.say(`${this.window.textContent} ${this.lost.textContent}`);
    }
  }

  customElements.define("course-pooling", Pooling);
})();
