/** The demo <course-draw-digit>: the LeNet of chapter 11 reads what you draw. Its weights are loaded when the demo comes into view. */
"use strict";
(() => {
  const { lenet, likeMnist, readWeights } = courseDemos.arithmetic;
  const { make, load, clamp, button, choice, panel, Demo } = courseDemos.ui;

  const SIDE = 280; // of the drawing, in its own pixels
  const PEN = 22;
  const STEP = 10; // of the pen, with the arrow keys
  const LINE = { 120: 30, 84: 28 }; // units of a dense layer that are shown in a line

  class DrawDigit extends Demo {
    static title = "Live: draw a digit";

    build() {
      this.strokes = [];
      this.pixels = null;
      this.pen = [SIDE / 2, SIDE / 4];
      this.down = false;
      this.paper = make("canvas", {
        class: "demo-paper",
        width: SIDE,
        height: SIDE,
        tabindex: 0,
        role: "application",
        "aria-roledescription": "drawing area",
        "aria-label":
          "Drawing area. Arrow keys move the pen, with Shift further; Space lowers or lifts it; Delete clears; Backspace takes the last stroke back.",
        onkeydown: (event) => this.key(event),
        onfocus: () => this.show(),
        onblur: () => {
          this.down = false;
          this.show();
        },
      });
      this.listen();
      this.example = choice(
        "Show",
        [["", "your drawing"], ...[...Array(10).keys()].map((d) => [d, `a ${d} of the test set`])],
        "",
        (digit) => (digit === "" ? this.clear() : this.take(Number(digit))),
      );
      this.seen = make("canvas", {
        class: "demo-seen-picture",
        width: 28,
        height: 28,
        role: "img",
        "aria-label": "What the network sees: nothing yet.",
      });
      this.bars = make(
        "ol",
        { class: "demo-bars", start: 0, "aria-label": "Probability of each digit" },
        ...Array.from({ length: 10 }, (_, digit) =>
          make(
            "li",
            {},
            make("span", { text: digit }),
            make("span", { class: "demo-bar" }),
            make("span", { class: "demo-percent", text: "–" }),
          ),
        ),
      );
      this.answer = make("p", { class: "demo-answer", text: "Draw a digit from 0 to 9." });
      this.maps = make("div", { class: "demo-panels demo-maps" });
      this.about = make("p", {
        class: "demo-hint",
        text: "Mouse, finger, or keyboard: the arrow keys move the pen, Space lowers and lifts it.",
      });
      this.append(
        make(
          "div",
          { class: "demo-panels" },
          panel(
            "Your drawing",
            make(
              "div",
              {},
              this.paper,
              make(
                "div",
                { class: "demo-buttons" },
                button("Clear", () => this.clear()),
                button("Undo", () => this.undo()),
              ),
              this.example,
            ),
          ),
          make(
            "div",
            { class: "demo-column" },
            panel("What the network sees (28×28)", this.seen),
            panel("What it says", make("div", {}, this.answer, this.bars)),
          ),
        ),
        this.about,
        this.maps,
      );
      new MutationObserver(() => this.show()).observe(document.documentElement, {
        attributes: true,
        attributeFilter: ["data-theme"],
      });
      const eye = new IntersectionObserver((entries) => {
        if (entries.some((entry) => entry.isIntersecting)) {
          eye.disconnect();
          this.wake();
        }
      });
      eye.observe(this);
      this.show();
      this.run();
    }

    /** Load the weights, once. */
    async wake() {
      try {
        await load("digits.js");
      } catch (error) {
        this.answer.textContent = error.message;
        return;
      }
      const { digits } = courseDemos;
      this.weights = this.weights || readWeights(digits);
      this.about.textContent =
        `Mouse, finger, or keyboard: the arrow keys move the pen, Space lowers and lifts it. The network: ${digits.trained}; ` +
        `${(100 * digits.accuracy).toFixed(2)} % of the 10,000 test digits are read right. Your drawing does not leave this page.`;
      if (this.pixels) this.run();
    }

    listen() {
      const at = (event) => {
        const box = this.paper.getBoundingClientRect();
        return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
      };
      let held = false;
      this.paper.addEventListener("pointerdown", (event) => {
        held = true;
        this.paper.setPointerCapture(event.pointerId);
        this.begin(at(event));
      });
      this.paper.addEventListener("pointermove", (event) => {
        if (held)
          for (const part of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) this.extend(at(part));
      });
      for (const end of ["pointerup", "pointercancel"])
        this.paper.addEventListener(end, () => {
          held = false;
        });
    }

    key(event) {
      const step = STEP * (event.shiftKey ? 4 : 1);
      const by = { ArrowUp: [0, -step], ArrowDown: [0, step], ArrowLeft: [-step, 0], ArrowRight: [step, 0] }[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (by) {
        this.pen = this.pen.map((value, i) => clamp(value + by[i], PEN / 2, SIDE - PEN / 2));
        if (this.down) this.extend(this.pen);
        else this.show();
      } else if (event.key === " ") {
        this.down = !this.down;
        if (this.down) this.begin(this.pen);
        this.show();
        this.say(this.down ? "Pen down." : `Pen up. ${this.answer.textContent}`);
      } else if (event.key === "Delete") {
        this.clear();
      } else if (event.key === "Backspace") {
        this.undo();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    }

    begin(point) {
      this.picked = null;
      this.example.control.value = "";
      this.strokes.push([point]);
      this.changed();
    }

    extend(point) {
      const stroke = this.strokes[this.strokes.length - 1];
      if (!stroke) return this.begin(point);
      stroke.push(point);
      this.pen = point;
      this.changed();
    }

    undo() {
      this.strokes.pop();
      this.changed();
    }

    /** An empty sheet. */
    clear() {
      Object.assign(this, { strokes: [], picked: null, down: false });
      this.example.control.value = "";
      this.changed();
    }

    /** Show a digit of the test set, as it is, without fitting it again. */
    async take(digit) {
      await this.wake();
      if (!this.weights) return;
      const bytes = atob(courseDemos.digits.examples).slice(784 * digit, 784 * (digit + 1));
      this.strokes = [];
      this.picked = Float32Array.from(bytes, (byte) => byte.charCodeAt(0) / 255);
      this.changed();
    }

    changed() {
      this.show();
      this.pixels = this.picked || likeMnist(this.ink(), SIDE, SIDE);
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.run());
    }

    /** The strokes as values from 0 to 1. */
    ink() {
      const sheet = make("canvas", { width: SIDE, height: SIDE });
      this.draw(sheet.getContext("2d", { willReadFrequently: true }), "#000");
      const { data } = sheet.getContext("2d").getImageData(0, 0, SIDE, SIDE);
      return Float32Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3] / 255);
    }

    draw(context, color) {
      Object.assign(context, { strokeStyle: color, fillStyle: color, lineWidth: PEN, lineCap: "round", lineJoin: "round" });
      for (const stroke of this.strokes) {
        context.beginPath();
        context.moveTo(...stroke[0]);
        for (const point of stroke.length > 1 ? stroke : [stroke[0], stroke[0]]) context.lineTo(...point);
        context.stroke();
      }
    }

    show() {
      const context = this.paper.getContext("2d");
      const color = getComputedStyle(this).color;
      context.clearRect(0, 0, SIDE, SIDE);
      if (this.picked) {
        context.fillStyle = color;
        this.picked.forEach((value, i) => {
          context.globalAlpha = value;
          context.fillRect((i % 28) * 10, Math.floor(i / 28) * 10, 10, 10);
        });
        context.globalAlpha = 1;
      }
      this.draw(context, color);
      if (document.activeElement === this.paper && this.paper.matches(":focus-visible")) {
        // the pen
        context.beginPath();
        context.arc(...this.pen, PEN / 2, 0, 7);
        Object.assign(context, { lineWidth: 3, strokeStyle: "#d55e00", fillStyle: "#d55e00" });
        if (this.down) context.fill();
        context.stroke();
      }
    }

    /** Run the network and show what it computes. */
    run() {
      const { pixels, weights } = this;
      paint(this.seen, [{ rows: 28, columns: 28, at: (r, c) => (pixels ? pixels[28 * r + c] : 0) }], 1, 0, 1);
      if (!pixels || !weights) {
        [...this.bars.children].forEach((bar) => {
          bar.className = "";
          bar.lastChild.textContent = "–";
          bar.children[1].style.setProperty("--share", "0%");
        });
        this.answer.textContent = "Draw a digit from 0 to 9.";
        this.seen.setAttribute("aria-label", "What the network sees: nothing yet.");
        this.maps.replaceChildren();
        return this.say("The sheet is empty.");
      }
      const { maps, probabilities } = lenet(weights, pixels);
      const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
      const percent = (p) => `${(100 * p).toFixed(1)} %`;
      const roughly = (p) => (p > 0.9995 ? "over 99.9 %" : p < 0.0005 ? "under 0.1 %" : percent(p));
      [...this.bars.children].forEach((bar, digit) => {
        bar.className = digit === order[0] ? "demo-best" : "";
        bar.children[1].style.setProperty("--share", `${100 * probabilities[digit]}%`);
        bar.lastChild.textContent = percent(probabilities[digit]);
      });
      this.probabilities = probabilities;
      this.answer.textContent = `It reads a ${order[0]}, with ${roughly(probabilities[order[0]])}; next a ${order[1]}, with ${roughly(probabilities[order[1]])}.`;
      this.seen.setAttribute(
        "aria-label",
        this.picked
          ? "A digit of the test set."
          : "Your digit, fitted into 20×20 pixels and moved so that its centre of mass lies in the middle of 28×28.",
      );
      this.drawMaps(maps);
      this.say(this.answer.textContent);
    }

    drawMaps(maps) {
      if (!this.maps.children.length) {
        this.canvases = maps.map(({ name, shape }) => {
          const text = shape.length === 3 ? `${shape[2]} maps of ${shape[0]}×${shape[1]}` : `${shape[0]} numbers`;
          return make("canvas", {
            class: "demo-map-picture",
            role: "img",
            "aria-label": `Output of ${name}, ${text}; the brighter, the larger.`,
            title: text,
          });
        });
        this.maps.replaceChildren(
          ...maps.map(({ name, shape }, i) =>
            panel(
              `${name[0].toUpperCase()}${name.slice(1)}: ${shape.length === 3 ? `${shape[2]} maps of ${shape[0]}×${shape[1]}` : shape[0]}`,
              this.canvases[i],
            ),
          ),
        );
      }
      maps.forEach(({ shape, values }, i) => {
        const [rows, columns, count] = shape.length === 3 ? shape : [shape[0] / LINE[shape[0]], LINE[shape[0]], 1];
        const high = values.reduce((a, b) => Math.max(a, b), 1e-9);
        paint(
          this.canvases[i],
          Array.from({ length: count }, (_, f) => ({
            rows,
            columns,
            at: (r, c) => values[(r * columns + c) * count + f] / high,
          })),
          count > 8 ? 8 : count > 1 ? 6 : 1,
          1,
        );
      });
    }
  }

  /** Paint maps side by side, `across` in a row, `gap` pixels apart, 0 black and 1 white. */
  function paint(canvas, maps, across, gap) {
    const [{ rows, columns }] = maps;
    const down = Math.ceil(maps.length / across);
    canvas.width = across * (columns + gap) - gap;
    canvas.height = down * (rows + gap) - gap;
    const context = canvas.getContext("2d");
    maps.forEach(({ at }, i) => {
      const image = context.createImageData(columns, rows);
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++)
          image.data.set([255 * at(r, c), 255 * at(r, c), 255 * at(r, c), 255], 4 * (r * columns + c));
      context.putImageData(image, (i % across) * (columns + gap), Math.floor(i / across) * (rows + gap));
    });
  }

  customElements.define("course-draw-digit", DrawDigit);
})();
