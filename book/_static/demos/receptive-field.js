/** The demo <course-receptive-field>: click a unit, see what it sees in every layer below. Attribute `preset`: see PRESETS. */
"use strict";
(() => {
  const { side, paths } = courseDemos.arithmetic;
  const { make, number, clamp, button, choice, named, amount, panel, Numbers, Demo } = courseDemos.ui;

  const conv = (kernel, stride = 1, dilation = 1, padding = "valid") => ({
    kind: "convolution",
    kernel,
    stride,
    dilation,
    padding,
  });
  const pooling = (size) => ({ kind: "pooling", kernel: size, stride: size, dilation: 1, padding: "valid" });
  const PRESETS = {
    three: ["three 3×3 convolutions", 15, [conv(3), conv(3), conv(3)]],
    pool: ["convolution, pooling, convolution", 16, [conv(3), pooling(2), conv(3)]],
    stride: ["stride 2, three times", 17, [conv(3, 2), conv(3, 2), conv(3, 2)]],
    same: ["same padding: the frame is not seen", 15, [conv(3, 1, 1, "same"), conv(3, 1, 1, "same"), conv(3, 1, 1, "same")]],
    dilated: ["dilation 1, 2, 4", 17, [conv(3), conv(3, 1, 2), conv(3, 1, 4)]],
    holes: ["dilation 2, twice: holes", 15, [conv(3, 1, 2), conv(3, 1, 2)]],
    lenet: ["LeNet on a 20×20 image", 20, [conv(5, 1, 1, "same"), pooling(2), conv(5), pooling(2)]],
  };
  const MOST = 5; // layers

  class ReceptiveField extends Demo {
    static title = "Live: the receptive field";

    build() {
      this.state = { n: 15, layers: [], level: 0, row: 0, column: 0 };
      this.example = choice("Example", named(PRESETS), "pool", (key) => {
        if (PRESETS[key]) this.preset(key);
      });
      this.side = amount("Image side", 15, { min: 4, max: 24 }, (n) => this.set({ n }));
      this.list = make("div", { class: "demo-layers" });
      this.add = button("Add a convolution", () => this.set({ layers: [...this.state.layers, conv(3)] }));
      this.problem = make("p", { class: "demo-problem", role: "alert" });
      this.maps = make("div", { class: "demo-panels" });
      this.words = make("p", { class: "demo-sum" });
      this.append(
        make("div", { class: "demo-fields" }, this.example, this.side),
        this.problem,
        make("p", {
          class: "demo-hint",
          text: "Click a unit, or move with the arrow keys. The stronger a cell's blue, the more paths lead from it to the unit.",
        }),
        this.maps,
        this.words,
        make("details", { class: "demo-own" }, make("summary", { text: "Change the layers" }), this.list, this.add),
      );
      this.preset(PRESETS[this.getAttribute("preset")] ? this.getAttribute("preset") : "pool");
    }

    /** Show one of the examples. */
    preset(key) {
      const [, n, layers] = PRESETS[key];
      this.set({ n, layers, level: layers.length, row: Infinity, column: Infinity });
      this.example.control.value = key;
    }

    /** Change the image's side or the layers (from the image on) and draw. */
    set(changes) {
      this.example.control.value = "own";
      const before = this.state.layers.length;
      Object.assign(this.state, changes);
      if (this.state.layers.length !== before) this.state.level = this.state.layers.length;
      const { n, layers } = this.state;
      this.lengths = [n];
      layers.every((l) => {
        const { size } = side(this.lengths[this.lengths.length - 1], l.kernel, l.stride, l.padding, l.dilation);
        if (size > 0) this.lengths.push(size);
        return size > 0;
      });
      const fits = this.lengths.length > layers.length;
      this.problem.textContent = fits
        ? ""
        : `Layer ${this.lengths.length} does not fit into ${this.lengths[this.lengths.length - 1]}×${this.lengths[this.lengths.length - 1]}.`;
      if (!("level" in changes) || this.state.row === Infinity) this.state.row = this.state.column = Infinity;
      this.state.level = clamp(this.state.level, 0, this.lengths.length - 1);
      if (this.state.row === Infinity) this.state.row = this.state.column = Math.floor((this.lengths[this.state.level] - 1) / 2);
      this.drawLayers();
      this.drawMaps();
      this.draw();
    }

    /** Choose a unit. */
    go(level, row, column) {
      Object.assign(this.state, { level, row, column });
      this.draw();
    }

    drawLayers() {
      const { layers } = this.state;
      this.side.control.show(this.state.n);
      this.add.disabled = layers.length >= MOST;
      const shape = layers.map((l) => l.kind).join();
      if (this.list.shape !== shape) {
        this.list.shape = shape;
        this.list.replaceChildren(
          ...layers.map((layer, i) => {
            const change = (name) => (value) =>
              this.set({ layers: this.state.layers.map((l, j) => (j === i ? { ...l, [name]: value } : l)) });
            const fields = {
              kernel: amount(layer.kind === "pooling" ? "window" : "kernel", layer.kernel, { min: 1, max: 7 }, change("kernel")),
              stride: amount("stride", layer.stride, { min: 1, max: 4 }, change("stride")),
              dilation: amount("dilation", layer.dilation, { min: 1, max: 4 }, change("dilation")),
              padding: choice(
                "padding",
                [
                  ["valid", "valid"],
                  ["same", "same"],
                ],
                layer.padding,
                change("padding"),
              ),
            };
            const node = make(
              "fieldset",
              { class: "demo-fields" },
              make("legend", { text: `Layer ${i + 1}, ${layer.kind}` }),
              ...Object.values(fields),
              button(
                "Remove",
                () => {
                  this.set({ layers: this.state.layers.filter((_, j) => j !== i) });
                  this.add.focus();
                },
                { "aria-label": `Remove layer ${i + 1}` },
              ),
            );
            node.fields = fields;
            return node;
          }),
        );
      }
      layers.forEach((layer, i) => {
        const { fields } = this.list.children[i];
        for (const name of ["kernel", "stride", "dilation"]) fields[name].control.show(layer[name]);
        fields.padding.control.value = layer.padding;
      });
    }

    /** A grid for each layer, the deepest first. */
    drawMaps() {
      if (this.maps.children.length === this.lengths.length) return;
      this.grids = this.lengths.map((_, level) => new Numbers({ move: (r, c) => this.go(level, r, c) }));
      this.panels = this.grids.map((grid) => panel("", grid.node, { class: "demo-panel demo-units" }));
      this.maps.replaceChildren(...[...this.panels].reverse());
    }

    draw() {
      const { n, layers, level, row, column } = this.state;
      const vertical = paths(n, layers, level, row);
      const horizontal = paths(n, layers, level, column);
      this.grids.forEach((grid, l) => {
        const length = this.lengths[l];
        const layer = layers[l - 1];
        const most = l <= level ? Math.max(...vertical[l]) * Math.max(...horizontal[l]) : 1;
        const name = l ? `Layer ${l}: ${layer.kernel}×${layer.kernel} ${layer.kind}` : "Image";
        const extra = l
          ? [
              layer.stride > 1 && `stride ${layer.stride}`,
              layer.dilation > 1 && `dilation ${layer.dilation}`,
              layer.padding === "same" && "same",
            ]
              .filter(Boolean)
              .join(", ")
          : "";
        this.panels[l].caption.textContent = `${name}${extra ? `, ${extra}` : ""} → ${length}×${length}`;
        grid.draw({
          rows: length,
          columns: length,
          label: `${name}, ${length} by ${length} units`,
          cursor: l === level ? [row, column] : [Math.min(row, length - 1), Math.min(column, length - 1)],
          cell: (r, c) => {
            const count = l <= level ? vertical[l][r] * horizontal[l][c] : 0;
            const unit = l === level && r === row && c === column;
            return {
              kind: unit ? "demo-unit" : count ? "demo-seen" : "",
              shade: count && !unit ? 0.15 + (0.75 * count) / most : 0,
              says: `row ${r + 1}, column ${c + 1}${unit ? ", the unit" : l <= level ? (count ? `, seen by ${number(count)} ${count === 1 ? "path" : "paths"}` : ", not seen") : ""}`,
            };
          },
        });
      });
      this.explain(vertical, horizontal);
    }

    explain(vertical, horizontal) {
      const { n, layers, level, row, column } = this.state;
      let r = 1;
      let j = 1;
      for (const l of layers.slice(0, level)) {
        r += l.dilation * (l.kernel - 1) * j;
        j *= l.stride;
      }
      const seen = (counts) => counts.filter(Boolean).length;
      const pixels = seen(vertical[0]) * seen(horizontal[0]);
      const span = (counts) => [counts.findIndex(Boolean) + 1, counts.length - [...counts].reverse().findIndex(Boolean)];
      const [top, bottom] = span(vertical[0]);
      const [left, right] = span(horizontal[0]);
      const rest =
        pixels === r * r
          ? ""
          : pixels < (bottom - top + 1) * (right - left + 1)
            ? " There are holes in it."
            : " The rest of the field lies in the padding.";
      this.words.textContent =
        `${level ? `Layer ${level}` : "Image"}, row ${row + 1}, column ${column + 1}: receptive field r = ${r}, jump j = ${j}. ` +
        `It sees ${pixels} of ${n * n} pixels, rows ${top} to ${bottom} and columns ${left} to ${right}.${rest}`;
      this.say(this.words.textContent);
    }
  }

  customElements.define("course-receptive-field", ReceptiveField);
})();
