/**
 * The demo <course-size-calculator>: the cost ledger of a chain of layers that the reader edits.
 * Attribute `preset`: see PRESETS. An address that ends in #net=… opens the network that it describes.
 */
"use strict";
(() => {
  const { ledger, totals } = courseDemos.arithmetic;
  const { make, number, button, choice, named, amount, tick, fieldset, Demo } = courseDemos.ui;

  /**
   * The kinds of layers: `code`, short name in an address; `main`, the setting that stands right behind it; `has`, the
   * others; `start`, a new layer.
   */
  const KINDS = {
    Conv2D: {
      code: "C",
      main: "filters",
      has: ["kernel", "stride", "padding", "dilation", "groups", "bias"],
      start: { filters: 16, kernel: 3, stride: 1, padding: "same", dilation: 1, groups: 1, bias: true },
    },
    DepthwiseConv2D: {
      code: "W",
      main: "kernel",
      has: ["stride", "padding", "dilation", "bias"],
      start: { kernel: 3, stride: 1, padding: "same", dilation: 1, bias: true },
    },
    SeparableConv2D: {
      code: "S",
      main: "filters",
      has: ["kernel", "stride", "padding", "dilation", "bias"],
      start: { filters: 16, kernel: 3, stride: 1, padding: "same", dilation: 1, bias: true },
    },
    MaxPooling2D: { code: "M", main: "kernel", has: ["stride", "padding"], start: { kernel: 2, stride: 2, padding: "valid" } },
    AveragePooling2D: {
      code: "V",
      main: "kernel",
      has: ["stride", "padding"],
      start: { kernel: 2, stride: 2, padding: "valid" },
    },
    GlobalAveragePooling2D: { code: "G", has: [], start: {} },
    ZeroPadding2D: { code: "Z", main: "cells", has: [], start: { cells: 1 } },
    BatchNormalization: { code: "N", has: [], start: {} },
    Activation: { code: "A", has: [], start: {} },
    Dropout: { code: "O", has: [], start: {} },
    Flatten: { code: "F", has: [], start: {} },
    Dense: { code: "D", main: "units", has: ["bias"], start: { units: 10, bias: true } },
  };
  const SHORT = { kernel: "k", stride: "s", dilation: "d", groups: "g" };
  const MOST = { filters: 65536, units: 65536, kernel: 64, stride: 32, dilation: 32, groups: 4096, cells: 64 };
  const PRESETS = {
    small: ["a small network (chapter 5)", "28x28x1_C16k3p_M2s2_C32k3_G_D10"],
    lenet: ["LeNet of chapter 11 (28×28)", "28x28x1_C6k5p_M2s2_C16k5_M2s2_F_D120_D84_D10"],
    "lenet-5": ["LeNet-5 (1998)", "32x32x1_C6k5_V2s2_C16k5_V2s2_C120k5_F_D84_D10"],
    alexnet: ["AlexNet", "227x227x3_C96k11s4_A_M3s2_C256k5pg2_A_M3s2_C384k3p_C384k3pg2_C256k3pg2_M3s2_F_D4096_O_D4096_O_D1000"],
    "vgg-16": [
      "VGG-16",
      "224x224x3_C64k3p_C64k3p_M2s2_C128k3p_C128k3p_M2s2_C256k3p_C256k3p_C256k3p_M2s2_C512k3p_C512k3p_C512k3p_M2s2_C512k3p_C512k3p_C512k3p_M2s2_F_D4096_D4096_D1000",
    ],
    separable: ["separable convolutions", "32x32x3_C32k3ps2n_N_A_W3pn_N_A_C64k1n_N_A_W3s2pn_N_A_C128k1n_N_A_G_D10"],
  };

  /**
   * The network as a short text, for an address.
   * @param {number[]} input
   * @param {object[]} layers
   */
  function write(input, layers) {
    return [
      input.join("x"),
      ...layers.map((layer) => {
        const { code, main, has } = KINDS[layer.kind];
        const settings = has.map((name) => {
          if (name === "padding") return layer.padding === "same" ? "p" : "";
          if (name === "bias") return layer.bias ? "" : "n";
          return layer[name] === 1 && name !== "kernel" ? "" : SHORT[name] + layer[name];
        });
        return code + (main ? layer[main] : "") + settings.join("");
      }),
    ].join("_");
  }

  /** The network that a text of `write` describes, or null. */
  function read(text) {
    const [first, ...rest] = text.split("_");
    const input = first.split("x").map(Number);
    if (input.length !== 3 || input.some((n) => !(Number.isInteger(n) && n >= 1 && n <= 4096)) || rest.length > 200) return null;
    const layers = [];
    for (const part of rest) {
      const match = /^([A-Z])(\d*)((?:[a-z]\d*)*)$/.exec(part);
      const kind = match && Object.keys(KINDS).find((key) => KINDS[key].code === match[1]);
      if (!kind) return null;
      const { main, has } = KINDS[kind];
      const layer = { kind };
      if (main) layer[main] = Number(match[2]);
      for (const name of has) {
        const found = new RegExp(`${SHORT[name] || ""}(\\d+)`).exec(SHORT[name] ? match[3] : "");
        if (name === "padding") layer.padding = match[3].includes("p") ? "same" : "valid";
        else if (name === "bias") layer.bias = !match[3].includes("n");
        else layer[name] = found ? Number(found[1]) : 1;
      }
      if (Object.entries(layer).some(([name, value]) => name in MOST && !(value >= 1 && value <= MOST[name]))) return null;
      layers.push(layer);
    }
    return { input, layers };
  }

  /** A layer in words. */
  function words(layer) {
    const { kind } = layer;
    const parts = [];
    if (layer.filters) parts.push(`${layer.filters} @ ${layer.kernel}×${layer.kernel}`);
    else if (layer.kernel) parts.push(`${layer.kernel}×${layer.kernel}`);
    if (layer.units || layer.cells) parts.push(layer.units || layer.cells);
    if (layer.stride > 1) parts.push(`stride ${layer.stride}`);
    if (layer.padding === "same") parts.push("same");
    if (layer.dilation > 1) parts.push(`dilation ${layer.dilation}`);
    if (layer.groups > 1) parts.push(`${layer.groups} groups`);
    if (layer.bias === false) parts.push("no bias");
    return `${kind}${parts.length ? ` ${parts.join(", ")}` : ""}`;
  }

  const kib = (bytes) => (bytes / 1024).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const whole = (value) => value.toLocaleString("en-US");
  const HEADS = ["Layer", "Output", "Parameters", "Multiply-adds", "KiB", "Field", "Jump"];

  class SizeCalculator extends Demo {
    static title = "Live: the size calculator";

    build() {
      this.input = [28, 28, 1];
      this.layers = [];
      this.chosen = null;
      this.example = choice("Network", named(PRESETS), "small", (key) => {
        if (PRESETS[key]) this.preset(key);
      });
      this.sizes = ["Height", "Width", "Channels"].map((label, i) =>
        amount(label, 1, { min: 1, max: 4096 }, (value) => {
          this.input[i] = value;
          this.edited();
        }),
      );
      this.batch = amount("Batch", 32, { min: 1, max: 65536 }, () => this.draw());
      this.body = make("tbody", { role: "rowgroup" });
      this.table = make(
        "table",
        { class: "demo-ledger", role: "table", "aria-label": "Cost of each layer for one image" },
        make(
          "thead",
          { role: "rowgroup" },
          make("tr", { role: "row" }, ...HEADS.map((text) => make("th", { role: "columnheader", scope: "col", text }))),
        ),
        this.body,
      );
      this.sums = make("p", { class: "demo-sum" });
      this.kind = choice(
        "New layer",
        Object.keys(KINDS).map((kind) => [kind, kind]),
        "Conv2D",
        () => {},
      );
      this.link = make("input", {
        class: "demo-link",
        readonly: true,
        "aria-label": "Address of this network",
        onfocus: () => this.link.select(),
      });
      this.copied = make("span", { class: "demo-hint" });
      this.append(
        make("div", { class: "demo-fields" }, this.example, ...this.sizes, this.batch),
        this.table,
        this.sums,
        make(
          "div",
          { class: "demo-buttons" },
          this.kind,
          button("Add at the end", () => this.insert(this.layers.length)),
        ),
        make(
          "div",
          { class: "demo-buttons" },
          this.link,
          button("Copy address", () => this.copy()),
          this.copied,
        ),
      );
      this.fromAddress = () => {
        const [, text] = /^#net=([\w.]*)$/.exec(location.hash) || [];
        const network = text && read(text);
        if (network) {
          this.set(network);
          const show = () => this.scrollIntoView({ block: "start" });
          if (document.readyState === "complete") show();
          else window.addEventListener("load", show, { once: true }); // when all demos have their height
        }
        return network;
      };
      window.addEventListener("hashchange", this.fromAddress);
      this.preset(PRESETS[this.getAttribute("preset")] ? this.getAttribute("preset") : "small");
      this.fromAddress();
    }

    disconnectedCallback() {
      window.removeEventListener("hashchange", this.fromAddress);
    }

    /** Show one of the known networks. */
    preset(key) {
      this.set(read(PRESETS[key][1]));
      this.example.control.value = key;
    }

    /** Show a network: its input and its layers. */
    set({ input, layers }) {
      Object.assign(this, { input: [...input], layers: layers.map((layer) => ({ ...layer })), chosen: null });
      this.edited();
    }

    insert(place) {
      const kind = this.kind.control.value;
      this.layers.splice(place, 0, { kind, ...KINDS[kind].start });
      this.chosen = place;
      this.edited();
      this.focusRow(place);
    }

    remove(place) {
      this.layers.splice(place, 1);
      this.chosen = null;
      this.edited();
      this.focusRow(Math.min(place, this.layers.length - 1));
    }

    move(place, by) {
      const to = place + by;
      if (to < 0 || to >= this.layers.length) return;
      [this.layers[place], this.layers[to]] = [this.layers[to], this.layers[place]];
      this.chosen = to;
      this.edited();
      this.focusRow(to);
    }

    focusRow(place) {
      (this.body.querySelectorAll(".demo-row")[place] || this.kind.control).focus();
    }

    edited() {
      this.example.control.value = "own";
      this.sizes.forEach((field, i) => field.control.show(this.input[i]));
      this.drawRows();
      this.draw();
    }

    async copy() {
      try {
        await navigator.clipboard.writeText(this.link.value);
        this.copied.textContent = "Copied.";
      } catch {
        this.link.focus();
        this.copied.textContent = "Selected: copy it with the keyboard.";
      }
      this.say(this.copied.textContent);
    }

    /** The rows of the table, and the editor under the row that is chosen. */
    drawRows() {
      const cells = () => HEADS.slice(1).map((label) => make("td", { role: "cell", "data-label": label }));
      const rows = [make("tr", { role: "row" }, make("th", { role: "rowheader", scope: "row", text: "Input" }), ...cells())];
      this.layers.forEach((layer, i) => {
        const open = this.chosen === i;
        const choose = () => {
          this.chosen = open ? null : i;
          this.drawRows();
          this.draw();
          this.focusRow(i);
        };
        rows.push(
          make(
            "tr",
            { role: "row" },
            make(
              "th",
              { role: "rowheader", scope: "row" },
              make("button", { type: "button", class: "demo-row", "aria-expanded": String(open), onclick: choose }),
            ),
            ...cells(),
          ),
        );
        if (open)
          rows.push(
            make(
              "tr",
              { role: "row" },
              make("td", { role: "cell", colspan: HEADS.length, class: "demo-editor" }, this.editor(layer, i)),
            ),
          );
      });
      this.body.replaceChildren(...rows);
    }

    editor(layer, i) {
      const { main, has } = KINDS[layer.kind];
      const change = (name) => (value) => {
        layer[name] = value;
        this.example.control.value = "own";
        this.draw();
      };
      const fields = [...(main ? [main] : []), ...has].map((name) => {
        if (name === "padding")
          return choice(
            "padding",
            [
              ["valid", "valid"],
              ["same", "same"],
            ],
            layer.padding,
            change("padding"),
          );
        if (name === "bias") return tick("bias", layer.bias, change("bias"));
        return amount(name, layer[name], { min: 1, max: MOST[name] }, change(name));
      });
      return fieldset(
        `Layer ${i + 1}: ${layer.kind}`,
        ...fields,
        make(
          "div",
          { class: "demo-buttons" },
          button("Up", () => this.move(i, -1), { disabled: i === 0, "aria-label": "Move this layer up" }),
          button("Down", () => this.move(i, 1), { disabled: i === this.layers.length - 1, "aria-label": "Move this layer down" }),
          button("Add below", () => this.insert(i + 1), { "aria-label": "Add the new layer below this one" }),
          button("Remove", () => this.remove(i), { "aria-label": "Remove this layer" }),
        ),
      );
    }

    draw() {
      const rows = ledger(this.input, this.layers);
      const sums = totals(rows);
      const shown = [...this.body.rows].filter((row) => !row.querySelector(".demo-editor"));
      shown.forEach((line, i) => {
        const row = rows[i];
        const name = line.querySelector(".demo-row");
        if (name) name.textContent = words(this.layers[i - 1]);
        line.classList.toggle("demo-wrong", !row || Boolean(row.error));
        const texts = !row
          ? []
          : row.error
            ? [row.error]
            : [
                row.shape.join("×"),
                whole(row.parameters),
                whole(row.macs),
                kib(row.bytes),
                row.field[0] === Infinity ? "all" : whole(row.field[0]),
                row.jump ? whole(row.jump[0]) : "–",
              ];
        const shares =
          row && !row.error ? [0, row.parameters / sums.parameters, row.macs / sums.macs, row.bytes / sums.training] : [];
        [...line.cells].slice(1).forEach((cell, k) => {
          cell.textContent = texts[k] || "";
          cell.hidden = !texts[k];
          cell.colSpan = row && row.error ? HEADS.length - 1 : 1;
          cell.style.setProperty("--share", `${100 * (shares[k] || 0)}%`);
        });
      });
      const batch = Number(this.batch.control.kept);
      const memory = (bytes) => (bytes < 2 ** 20 ? `${kib(bytes)} KiB` : `${number(bytes / 2 ** 20, 1)} MiB`);
      const wrong = rows.find((row) => row.error);
      this.sums.textContent =
        `${wrong ? "Up to there: " : ""}${whole(sums.parameters)} parameters (${memory(4 * sums.parameters)}), ${whole(sums.macs)} multiply-adds for one image. ` +
        `Activations: at most ${memory(sums.inference)} at once without training, ${memory(sums.training)} for one image in training, ${memory(sums.training * batch)} for a batch of ${whole(batch)}.`;
      this.link.value = `${location.href.split("#")[0]}#net=${write(this.input, this.layers)}`;
      this.say(wrong ? `${words(this.layers[rows.length - 2])}: ${wrong.error}` : this.sums.textContent);
    }
  }

  courseDemos.networks = { read, write, PRESETS };
  customElements.define("course-size-calculator", SizeCalculator);
})();
