/** The demo <course-sliding-kernel>: a kernel slides over a grid of numbers or a photograph. Attribute `preset`: see PRESETS. */
"use strict";
(() => {
  const { terms, convolve, halfTurn, side, tidy } = courseDemos.arithmetic;
  const { make, load, number, calm, clamp, button, choice, named, amount, fieldset, panel, Numbers, matrixEditor, Demo } =
    courseDemos.ui;

  const LAPLACIAN = [
    [0, -1, 0],
    [-1, 4, -1],
    [0, -1, 0],
  ];
  const COLUMNS = [
    [-1, 0, 1],
    [-1, 0, 1],
    [-1, 0, 1],
  ];
  const DIAGONAL = [
    [1, -1, -1],
    [-1, 1, -1],
    [-1, -1, 1],
  ];
  const VERTICAL = [
    [-1, 1, -1],
    [-1, 1, -1],
    [-1, 1, -1],
  ];
  const binomial = [1, 4, 6, 4, 1];
  const KERNELS = {
    laplacian: ["Laplacian", LAPLACIAN],
    columns: ["right minus left (Prewitt)", COLUMNS],
    "sobel-v": [
      "Sobel, vertical edges",
      [
        [1, 0, -1],
        [2, 0, -2],
        [1, 0, -1],
      ],
    ],
    "sobel-h": [
      "Sobel, horizontal edges",
      [
        [1, 2, 1],
        [0, 0, 0],
        [-1, -2, -1],
      ],
    ],
    diagonal: ["filter 1: diagonal", DIAGONAL],
    vertical: ["filter 2: vertical stroke", VERTICAL],
    sharpen: [
      "sharpen",
      [
        [0, -1, 0],
        [-1, 5, -1],
        [0, -1, 0],
      ],
    ],
    mean: ["3×3 average", Array.from({ length: 3 }, () => [1 / 9, 1 / 9, 1 / 9])],
    gaussian: ["5×5 Gaussian", binomial.map((a) => binomial.map((b) => (a * b) / 256))],
    counting: [
      "1 to 9 (shows the flip)",
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
    ],
  };
  const FIVE = [
    [5, 8, 0, 4, 8],
    [3, 9, 2, 9, 2],
    [4, 9, 2, 3, 6],
    [5, 4, 8, 2, 0],
    [5, 8, 0, 0, 8],
  ];
  const SIX = [
    [5, 1, 3, 5, 7, 9],
    [3, 4, 4, 0, 7, 8],
    [6, 1, 8, 6, 3, 4],
    [1, 3, 5, 8, 4, 6],
    [1, 7, 5, 3, 1, 2],
    [7, 2, 2, 6, 4, 6],
  ];
  const STROKES = [
    [1, 0, 0, 0, 0, 1],
    [0, 1, 0, 0, 1, 0],
    [0, 0, 1, 1, 0, 0],
    [1, 0, 0, 0, 1, 0],
    [0, 1, 0, 0, 1, 0],
    [0, 0, 1, 0, 1, 0],
  ];
  const IMPULSE = Array.from({ length: 5 }, (_, r) => Array.from({ length: 5 }, (_, c) => Number(r === 2 && c === 2)));
  const PRESETS = {
    M04: ["Laplacian, valid (M04)", { image: FIVE, kernel: LAPLACIAN }],
    M05: ["Laplacian, zero padding (M05)", { image: FIVE, kernel: LAPLACIAN, padding: "same" }],
    M06: ["Laplacian, zero padding, stride 2 (M06)", { image: FIVE, kernel: LAPLACIAN, padding: "same", stride: 2 }],
    S01: ["right column minus left (S01)", { image: SIX, kernel: COLUMNS }],
    H01: ["filter 1 on strokes (H01)", { image: STROKES, kernel: DIAGONAL }],
    "H01-2": ["filter 2 on strokes (H01)", { image: STROKES, kernel: VERTICAL }],
    H02: ["filter 1 on strokes, stride 2 (H02)", { image: STROKES, kernel: DIAGONAL, stride: 2 }],
    uneven: ["6×6, stride 2, same: one cell more at the end", { image: SIX, kernel: LAPLACIAN, padding: "same", stride: 2 }],
    flip: [
      "one bright pixel, true convolution",
      { image: IMPULSE, kernel: KERNELS.counting[1], operation: "convolution", padding: "same" },
    ],
    photo: ["photograph, vertical Sobel", { photograph: true, kernel: KERNELS["sobel-v"][1] }],
  };
  const START = {
    photograph: false,
    operation: "correlation",
    stride: 1,
    padding: "valid",
    before: 1,
    after: 1,
    dilation: 1,
    row: 0,
    column: 0,
  };

  class SlidingKernel extends Demo {
    static title = "Live: the sliding kernel";

    build() {
      this.state = { ...START, image: FIVE, kernel: LAPLACIAN };
      const change = (name) => (value) => this.set({ [name]: value });
      this.controls = {
        preset: choice("Example", named(PRESETS), "M04", (key) => {
          if (PRESETS[key]) this.preset(key);
        }),
        operation: choice(
          "Operation",
          [
            ["correlation", "cross-correlation (Keras)"],
            ["convolution", "convolution (flipped)"],
          ],
          "correlation",
          change("operation"),
        ),
        stride: amount("Stride", 1, { min: 1, max: 5 }, change("stride")),
        dilation: amount("Dilation", 1, { min: 1, max: 4 }, change("dilation")),
        padding: choice(
          "Padding",
          [
            ["valid", "valid"],
            ["same", "same"],
            ["explicit", "explicit"],
          ],
          "valid",
          change("padding"),
        ),
        before: amount("above and left", 1, { min: 0, max: 6 }, change("before")),
        after: amount("below and right", 1, { min: 0, max: 6 }, change("after")),
        kernel: choice("Kernel", named(KERNELS), "laplacian", (key) => {
          if (KERNELS[key]) this.set({ kernel: KERNELS[key][1] });
        }),
        size: choice(
          "Size",
          [1, 2, 3, 4, 5].map((n) => [n, `${n}×${n}`]),
          "3",
          (n) => this.set({ kernel: resized(this.state.kernel, +n) }),
        ),
      };
      const c = this.controls;

      this.input = new Numbers({ grab: (r, c) => this.grab(r, c) });
      this.output = new Numbers({ move: (r, c) => this.go(r, c) });
      this.weights = make("div", { class: "demo-weights", role: "group", "aria-label": "Weights of the kernel" });
      this.products = new Numbers();
      this.picture = make("canvas", { class: "demo-picture", role: "img" });
      this.result = make("canvas", { class: "demo-picture", role: "img" });
      this.where = ["Row", "Column"].map((label, axis) => {
        const slider = make("input", {
          type: "range",
          min: 0,
          max: 0,
          value: 0,
          "aria-label": `${label} of the kernel's place`,
          oninput: () => (axis ? this.go(this.state.row, +slider.value) : this.go(+slider.value, this.state.column)),
        });
        return slider;
      });
      for (const canvas of [this.picture, this.result]) this.drag(canvas);

      this.inputPanel = panel("", make("div", {}, this.input.node, this.picture));
      this.outputPanel = panel("", make("div", {}, this.output.node, this.result));
      this.sliders = make(
        "div",
        { class: "demo-sliders" },
        ...this.where.map((s, i) => make("span", {}, make("span", { "aria-hidden": "true", text: ["row", "column"][i] }), s)),
      );
      this.sum = make("p", { class: "demo-sum" });
      this.productsPanel = panel(
        "The products, and their sum",
        make("div", { class: "demo-products" }, this.products.node, this.sum),
      );
      this.problem = make("p", { class: "demo-problem", role: "alert" });
      this.playButton = button("Play", () => this.play());
      this.own = matrixEditor("Your own image", (image) => this.set({ image, photograph: false, row: 0, column: 0 }));
      this.own.more(
        make(
          "label",
          { class: "demo-file" },
          "or a picture of yours (it stays on your machine): ",
          make("input", { type: "file", accept: "image/*", onchange: (event) => this.load(event.target.files[0]) }),
        ),
      );

      this.append(
        make("div", { class: "demo-fields" }, c.preset, c.kernel, c.size, c.operation),
        fieldset("How it slides", c.stride, c.dilation, c.padding, c.before, c.after),
        this.problem,
        make(
          "div",
          { class: "demo-panels" },
          this.inputPanel,
          (this.kernelPanel = panel("Kernel", this.weights)),
          this.outputPanel,
        ),
        this.sliders,
        make(
          "div",
          { class: "demo-buttons" },
          button("First", () => this.first()),
          button("Back", () => this.step(-1)),
          button("Step", () => this.step(1)),
          this.playButton,
        ),
        this.productsPanel,
        this.own,
      );
      this.preset(PRESETS[this.getAttribute("preset")] ? this.getAttribute("preset") : "M04");
    }

    disconnectedCallback() {
      this.stop();
    }

    /** Show one of the examples. */
    preset(key) {
      this.set({ ...START, ...PRESETS[key][1] });
      this.controls.preset.control.value = key;
      if (PRESETS[key][1].photograph) this.photograph();
    }

    /** Change settings and draw. `image` and `kernel` are matrices; the other names are those of START. */
    set(changes) {
      this.stop();
      this.controls.preset.control.value = "own";
      this.upTo = Infinity; // the last place of the map that is shown
      Object.assign(this.state, changes);
      this.draw();
    }

    settings() {
      const { stride, padding, before, after, dilation } = this.state;
      return { stride, dilation, padding: padding === "explicit" ? [before, after] : padding };
    }

    slid() {
      return this.state.operation === "convolution" ? halfTurn(this.state.kernel) : this.state.kernel;
    }

    /** Put the kernel at a place of the output. */
    go(row, column) {
      this.stop();
      this.upTo = Infinity;
      this.place(row, column);
    }

    place(row, column) {
      Object.assign(this.state, { row, column });
      this.draw(false);
    }

    /** Put the middle of the kernel near a pixel of the image; both count from the corner of the padded image. */
    grab(row, column) {
      if (!this.map.length) return;
      const [y, x] = [row, column].map((place, axis) => {
        const { extent } = this.sides[axis];
        return clamp(Math.round((place - (extent - 1) / 2) / this.state.stride), 0, this.sides[axis].size - 1);
      });
      this.go(y, x);
    }

    /** Start anew: nothing but the first place is shown. */
    first() {
      this.stop();
      this.upTo = 0;
      this.place(0, 0);
    }

    /** Move on by `by` places, row after row. */
    step(by) {
      if (!this.map.length) return;
      const columns = this.map[0].length;
      const place = clamp(this.state.row * columns + this.state.column + by, 0, this.map.length * columns - 1);
      if (this.upTo !== Infinity) this.upTo = Math.max(this.upTo, place);
      this.place(Math.floor(place / columns), place % columns);
    }

    /** Run over the map; with reduced motion fill it at once. */
    play() {
      if (this.playing) return this.stop();
      if (!this.map.length) return;
      const last = this.map.length * this.map[0].length - 1;
      if (calm()) return this.go(this.map.length - 1, this.map[0].length - 1);
      if (this.state.row * this.map[0].length + this.state.column >= last) this.first();
      if (this.upTo === Infinity) this.upTo = this.state.row * this.map[0].length + this.state.column;
      const stride = this.state.photograph ? Math.max(1, Math.round(last / 300)) : 1;
      this.playing = setInterval(
        () => {
          this.step(stride);
          if (this.state.row * this.map[0].length + this.state.column >= last) this.stop();
        },
        this.state.photograph ? 40 : 650,
      );
      this.playButton.textContent = "Pause";
    }

    stop() {
      clearInterval(this.playing);
      this.playing = null;
      if (this.playButton) this.playButton.textContent = calm() ? "Fill the map" : "Play";
    }

    /** Take the photograph that comes with the course. */
    async photograph() {
      await load("photograph.js");
      const picture = new Image();
      picture.src = courseDemos.photograph;
      await picture.decode();
      if (this.state.photograph) this.take(picture);
    }

    /** Take a picture that the reader has chosen. */
    async load(file) {
      if (!file) return;
      const picture = new Image();
      picture.src = URL.createObjectURL(file);
      try {
        await picture.decode();
        this.take(picture);
        this.controls.preset.control.value = "own";
      } catch {
        this.problem.textContent = "This file is no picture that the browser can show.";
      }
      URL.revokeObjectURL(picture.src);
    }

    take(picture) {
      const scale = Math.min(1, 160 / Math.max(picture.naturalWidth, picture.naturalHeight));
      const [width, height] = [picture.naturalWidth, picture.naturalHeight].map((length) =>
        Math.max(8, Math.round(length * scale)),
      );
      const canvas = make("canvas", { width, height });
      const context = canvas.getContext("2d");
      context.drawImage(picture, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      const image = Array.from({ length: height }, (_, r) =>
        Array.from({ length: width }, (_, c) => {
          const i = 4 * (r * width + c);
          return Math.round(0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]);
        }),
      );
      const key = this.controls.preset.control.value;
      this.set({ image, photograph: true, row: Math.floor(height / 2), column: Math.floor(width / 2) });
      this.controls.preset.control.value = key;
    }

    drag(canvas) {
      let held = false;
      const at = (event) => {
        if (!this.map.length) return;
        const box = canvas.getBoundingClientRect();
        const r = Math.floor(((event.clientY - box.top) / box.height) * canvas.rows);
        const c = Math.floor(((event.clientX - box.left) / box.width) * canvas.columns);
        if (canvas === this.picture) this.grab(r, c);
        else this.go(clamp(r, 0, this.map.length - 1), clamp(c, 0, this.map[0].length - 1));
      };
      canvas.addEventListener("pointerdown", (event) => {
        held = true;
        canvas.setPointerCapture(event.pointerId);
        at(event);
      });
      canvas.addEventListener("pointermove", (event) => {
        if (held) at(event);
      });
      for (const end of ["pointerup", "pointercancel"])
        canvas.addEventListener(end, () => {
          held = false;
        });
    }

    draw(all = true) {
      const { state } = this;
      const settings = this.settings();
      const slid = this.slid();
      if (all) {
        this.sides = [state.image.length, state.image[0].length].map((n, i) =>
          side(n, i ? slid[0].length : slid.length, state.stride, settings.padding, state.dilation),
        );
        this.map = convolve(state.image, slid, settings);
        this.drawFields();
        this.drawWeights();
      }
      const { map } = this;
      state.row = clamp(state.row, 0, Math.max(map.length - 1, 0));
      state.column = clamp(state.column, 0, Math.max((map[0] || []).length - 1, 0));
      this.problem.textContent = map.length
        ? state.stride > 1 && state.dilation > 1
          ? "Keras does not take a stride and a dilation above 1 at once; the arithmetic goes on here."
          : ""
        : `The kernel covers ${this.sides[0].extent}×${this.sides[1].extent} cells and does not fit. Less dilation, a smaller kernel or more padding helps.`;
      const now = map.length ? terms(state.image, slid, settings, state.row, state.column) : [];
      this.drawInput(now);
      this.drawOutput();
      this.drawProducts(now);
    }

    drawFields() {
      const { state, controls } = this;
      for (const name of ["operation", "padding"]) controls[name].control.value = state[name];
      for (const name of ["stride", "dilation", "before", "after"]) controls[name].control.show(state[name]);
      controls.before.hidden = controls.after.hidden = state.padding !== "explicit";
      const text = JSON.stringify(state.kernel);
      controls.kernel.control.value = Object.keys(KERNELS).find((key) => JSON.stringify(KERNELS[key][1]) === text) || "own";
      controls.size.control.value = state.kernel.length;
      this.input.node.hidden = this.output.node.hidden = state.photograph;
      this.picture.hidden = this.result.hidden = this.sliders.hidden = !state.photograph;
      if (!state.photograph) this.own.show(state.image);
    }

    /** The weights as fields. They are made anew only when the size of the kernel has changed: the cursor stays in its field. */
    drawWeights() {
      const { kernel, operation } = this.state;
      this.kernelPanel.caption.textContent = `Kernel ${kernel.length}×${kernel[0].length}${operation === "convolution" ? ", turned by 180° before it slides" : ""}`;
      if (this.weights.children.length !== kernel.length * kernel[0].length) {
        this.weights.style.setProperty("--columns", kernel[0].length);
        this.weights.replaceChildren(
          ...kernel.flatMap((row, r) =>
            row.map((_, c) => {
              const field = amount(
                `Weight in row ${r + 1}, column ${c + 1}`,
                0,
                { min: -999, max: 999, step: "any" },
                (value) => {
                  const changed = this.state.kernel.map((old) => [...old]);
                  changed[r][c] = value;
                  this.set({ kernel: changed });
                },
              );
              field.firstChild.className = "demo-hidden";
              return field;
            }),
          ),
        );
      }
      kernel.flat().forEach((value, i) => this.weights.children[i].control.show(Math.round(value * 1e3) / 1e3));
    }

    drawInput(now) {
      const { state } = this;
      const [vertical, horizontal] = this.sides;
      const rows = state.image.length + vertical.before + vertical.after;
      const columns = state.image[0].length + horizontal.before + horizontal.after;
      const frame = vertical.before + vertical.after + horizontal.before + horizontal.after ? `, padded ${rows}×${columns}` : "";
      this.inputPanel.caption.textContent = `Image ${state.image.length}×${state.image[0].length}${frame}`;
      if (state.photograph) return this.drawPicture(this.picture, state.image, this.sides, now);
      const used = new Set(now.map((t) => `${t.row},${t.column}`));
      this.input.draw({
        rows,
        columns,
        label: "Image with its padding; the kernel's window is marked",
        cell: (r, c) => {
          const y = r - vertical.before;
          const x = c - horizontal.before;
          const inside = y >= 0 && x >= 0 && y < state.image.length && x < state.image[0].length;
          const kind = [inside ? "" : "demo-padding", used.has(`${y},${x}`) ? "demo-window" : ""].join(" ").trim();
          return { text: number(inside ? state.image[y][x] : 0), kind };
        },
      });
    }

    drawOutput() {
      const { state, map } = this;
      const columns = (map[0] || []).length;
      this.outputPanel.caption.textContent = map.length ? `Feature map ${map.length}×${columns}` : "No feature map";
      this.where.forEach((slider, axis) => {
        slider.max = Math.max((axis ? columns : map.length) - 1, 0);
        slider.value = axis ? state.column : state.row;
      });
      if (state.photograph) {
        if (map.length) this.drawPicture(this.result, map, null, [{ row: state.row, column: state.column }]);
        return;
      }
      const limit = Math.max(1e-9, ...map.flat().map(Math.abs));
      this.output.draw({
        rows: map.length,
        columns,
        cursor: [state.row, state.column],
        label: "Feature map; the arrow keys move the kernel",
        cell: (r, c) => {
          const hidden = r * columns + c > this.upTo;
          return {
            text: hidden ? "" : number(map[r][c]),
            tint: hidden ? 0 : map[r][c] / limit,
            kind: r === state.row && c === state.column ? "demo-window" : "",
            says: `row ${r + 1}, column ${c + 1}: ${hidden ? "not yet" : number(map[r][c])}`,
          };
        },
      });
    }

    /** Grey values on a canvas with a frame. An image: 0 to 255. A map that has negative values: grey is 0. */
    drawPicture(canvas, values, sides, marked) {
      const [top, bottom, left, right] = sides
        ? [sides[0].before, sides[0].after, sides[1].before, sides[1].after]
        : [0, 0, 0, 0];
      canvas.rows = values.length + top + bottom;
      canvas.columns = values[0].length + left + right;
      const zoom = Math.max(2, Math.ceil(320 / canvas.columns)); // enough pixels for a sharp frame
      if (canvas.values !== values || canvas.zoom !== zoom || canvas.frame !== top + left) {
        const flat = values.flat();
        const low = flat.reduce((a, b) => Math.min(a, b), 0);
        const high = flat.reduce((a, b) => Math.max(a, b), 1);
        const limit = Math.max(-low, high);
        const grey = sides || low === 0 ? (v) => (255 * v) / Math.max(high, sides ? 255 : 1) : (v) => 127.5 * (1 + v / limit);
        canvas.image = new ImageData(canvas.columns, canvas.rows);
        for (let r = 0; r < canvas.rows; r++) {
          for (let c = 0; c < canvas.columns; c++) {
            const line = values[r - top];
            const value = line && line[c - left] !== undefined ? grey(line[c - left]) : 0;
            canvas.image.data.set([value, value, value, 255], 4 * (r * canvas.columns + c));
          }
        }
        Object.assign(canvas, { values, zoom, frame: top + left, width: canvas.columns * zoom, height: canvas.rows * zoom });
        canvas.plain = make("canvas", { width: canvas.columns, height: canvas.rows });
        canvas.plain.getContext("2d").putImageData(canvas.image, 0, 0);
      }
      const context = canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.drawImage(canvas.plain, 0, 0, canvas.width, canvas.height);
      const rows = marked.map((t) => t.row + top);
      const columns = marked.map((t) => t.column + left);
      const [y, x, h, w] = [Math.min(...rows), Math.min(...columns), Math.max(...rows), Math.max(...columns)];
      const hidden = !sides && this.upTo !== Infinity;
      if (hidden) {
        // what has not been computed yet
        context.fillStyle = "#808080";
        const place = this.upTo + 1;
        const [row, column] = [Math.floor(place / canvas.columns), place % canvas.columns];
        context.fillRect(column * zoom, row * zoom, canvas.width, zoom);
        context.fillRect(0, (row + 1) * zoom, canvas.width, canvas.height);
      }
      for (const [color, line] of [
        ["#ffffff", 6],
        ["#d55e00", 3],
      ]) {
        context.strokeStyle = color;
        context.lineWidth = line;
        context.strokeRect(x * zoom - 2, y * zoom - 2, (w - x + 1) * zoom + 4, (h - y + 1) * zoom + 4);
      }
      canvas.setAttribute(
        "aria-label",
        sides
          ? "The photograph, with a frame around the kernel's window."
          : "The feature map as a picture, with a mark at the current place.",
      );
    }

    drawProducts(now) {
      const { state } = this;
      this.productsPanel.hidden = !now.length;
      if (!now.length) return this.say(this.problem.textContent);
      const columns = state.kernel[0].length;
      this.products.draw({
        rows: state.kernel.length,
        columns,
        label: "Pixel times weight",
        cell: (r, c) => {
          const { pixel, weight, inside } = now[r * columns + c];
          const sign = weight < 0 ? `(${number(weight, 3)})` : number(weight, 3);
          return {
            text: `${number(pixel)} · ${sign} = ${number(pixel * weight)}`,
            kind: inside ? "" : "demo-padding",
            tint: pixel * weight ? Math.sign(pixel * weight) * 0.5 : 0,
          };
        },
      });
      const total = number(tidy(now.reduce((sum, t) => sum + t.pixel * t.weight, 0)));
      const list = now
        .map((t) => {
          const p = number(t.pixel * t.weight);
          return p.startsWith("−") ? `(${p})` : p;
        })
        .join(" + ");
      this.sum.replaceChildren(`Row ${state.row + 1}, column ${state.column + 1}: ${list} = `, make("strong", { text: total }));
      const size = `${this.map.length} by ${this.map[0].length}`;
      this.say(`Row ${state.row + 1}, column ${state.column + 1} of ${size}: the sum of ${now.length} products is ${total}.`);
    }
  }

  /** The kernel cut or filled up with zeros, its middle in the middle. */
  function resized(kernel, n) {
    const shift = Math.floor((n - kernel.length) / 2);
    return Array.from({ length: n }, (_, r) => Array.from({ length: n }, (_, c) => (kernel[r - shift] || [])[c - shift] ?? 0));
  }

  customElements.define("course-sliding-kernel", SlidingKernel);
})();
