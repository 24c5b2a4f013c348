/** The demo <course-capture-go>: capture Go on 7x7 against the network of chapter 21. Its weights are loaded when the demo comes into view. */
"use strict";
(() => {
  const { policy, chain, moveStone, readWeights } = courseDemos.arithmetic;
  const { make, load, button, choice, tick, panel, Numbers, Demo } = courseDemos.ui;

  const SIZE = 7;
  const PAUSE = 500; // milliseconds before the network answers, so that one sees two moves
  const NAMES = { 1: "black", "-1": "white" };
  const where = (place) => `row ${Math.floor(place / SIZE) + 1}, column ${(place % SIZE) + 1}`;
  const many = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

  class CaptureGo extends Demo {
    static title = "Live: capture Go against the network";

    build() {
      this.cursor = [3, 3];
      this.colour = 1;
      this.grid = new Numbers({
        move: (row, column) => {
          this.cursor = [row, column];
          this.show();
        },
      });
      this.grid.node.classList.add("demo-board");
      this.grid.node.addEventListener("click", (event) => {
        const cell = event.target.closest("td");
        if (cell) this.play(SIZE * cell.dataset.row + +cell.dataset.column);
      });
      this.grid.node.addEventListener("keydown", (event) => {
        if ((event.key !== "Enter" && event.key !== " ") || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        this.play(SIZE * this.cursor[0] + this.cursor[1]);
      });
      this.answer = make("p", { class: "demo-answer" });
      this.side = choice(
        "You are",
        [
          [1, "black, and begin"],
          [-1, "white"],
        ],
        1,
        (colour) => {
          this.colour = Number(colour);
          this.begin();
        },
      );
      this.open = tick("Show what the network would play in your place", false, () => this.show());
      this.about = make("p", {
        class: "demo-hint",
        text: "Who captures first, wins. Click a point, or move with the arrow keys and play with Enter or Space.",
      });
      this.append(
        make("div", { class: "demo-buttons" }, this.side, button("New game", () => this.begin()), button("Take back", () => this.takeBack())),
        panel("The board", this.grid.node),
        this.answer,
        this.open,
        this.about,
      );
      const eye = new IntersectionObserver((entries) => {
        if (entries.some((entry) => entry.isIntersecting)) {
          eye.disconnect();
          this.wake();
        }
      });
      eye.observe(this);
      this.begin();
    }

    /** Load the weights, once. */
    async wake() {
      try {
        await load("go-player.js");
      } catch (error) {
        this.tell(error.message);
        return;
      }
      if (this.weights) return;
      this.weights = readWeights(courseDemos.player);
      const { trained, random, search } = courseDemos.player;
      this.about.textContent =
        "Who captures first, wins. Click a point, or move with the arrow keys and play with Enter or Space. " +
        `The network: ${trained}. It won ${(100 * random).toFixed(1)} % of 400 games against random moves and ${(100 * search).toFixed(1)} % ` +
        "against the search that it learned from.";
      if (!this.over && this.turn !== this.colour) this.reply();
      else this.show();
    }

    begin() {
      clearTimeout(this.coming);
      this.history = [];
      this.set({ board: new Array(SIZE * SIZE).fill(0), turn: 1, last: null, captured: [], over: false });
      this.tell(this.colour === 1 ? "You begin." : "The network begins.");
      if (this.colour === -1) this.later();
    }

    set(state) {
      Object.assign(this, state);
      this.show();
    }

    tell(text) {
      this.answer.textContent = text;
      this.say(text);
    }

    /** The reader plays. */
    play(point) {
      if (this.over) return this.tell("The game is over. Choose New game.");
      if (this.turn !== this.colour) return this.tell("Wait for the network.");
      if (this.board[point] !== 0) return this.tell("There is a stone already.");
      const { board, turn, last, captured, over } = this;
      if (!this.put(point)) return this.tell("That would be suicide: the stone would have no liberty.");
      this.history.push({ board, turn, last, captured, over });
      if (!this.over) this.later();
    }

    /** Put a stone of the player whose turn it is; false when that is not legal. Says what happened. */
    put(point) {
      const made = moveStone(this.board, point, this.turn);
      if (!made) return false;
      const mine = this.turn === this.colour;
      const count = made.captured.length;
      this.set({ board: made.board, last: point, captured: made.captured, over: count > 0, turn: -this.turn });
      const who = mine ? "You play" : "The network plays";
      let text = `${who} ${where(point)}`;
      if (count) text += ` and ${mine ? "capture" : "captures"} ${many(count, "stone")}. ${mine ? "You win" : "The network wins"}.`;
      else if (!this.legal().length) {
        this.over = true;
        text += `. ${mine ? "The network has" : "You have"} no legal move: ${mine ? "you win" : "the network wins"}.`;
      } else text += mine ? "." : ". Your turn.";
      this.tell(text);
      return true;
    }

    legal() {
      return this.board.map((_, point) => point).filter((point) => moveStone(this.board, point, this.turn));
    }

    later() {
      clearTimeout(this.coming);
      this.coming = setTimeout(() => this.reply(), PAUSE);
    }

    /** The network plays: of the legal points the one with the highest probability. */
    reply() {
      if (!this.weights || this.over || this.turn === this.colour) return;
      const p = this.thoughts();
      this.put(this.legal().reduce((best, point) => (p[point] > p[best] ? point : best)));
    }

    /** What the network says for the player whose turn it is. */
    thoughts() {
      return policy(
        this.weights,
        this.board.map((stone) => stone * this.turn),
      );
    }

    /** Undo the reader's last move and the answer to it. */
    takeBack() {
      clearTimeout(this.coming);
      const before = this.history.pop();
      if (!before) return this.tell("There is no move of yours to take back.");
      this.set(before);
      this.tell("Taken back. Your turn.");
    }

    show() {
      const p = this.weights && this.open.control.checked && !this.over && this.turn === this.colour ? this.thoughts() : null;
      this.grid.draw({
        rows: SIZE,
        columns: SIZE,
        cursor: this.cursor,
        label: "Board of 7 by 7 points. Arrow keys move, Enter or Space plays.",
        cell: (row, column) => {
          const point = row * SIZE + column;
          const stone = this.board[point];
          let says = where(point);
          let kind = "";
          if (stone) {
            const { stones, liberties } = chain(this.board, point);
            kind = `demo-${NAMES[stone]}`;
            says += `: ${NAMES[stone]}, chain of ${many(stones.size, "stone")}, ${liberties.size === 1 ? "1 liberty" : `${liberties.size} liberties`}`;
            if (point === this.last) says += ", the last move";
            if (this.captured.includes(point)) {
              kind += " demo-captured";
              says += ", captured";
            }
            if (point === this.last) kind += " demo-last";
          } else {
            says += ": empty";
            if (p) says += `, ${Math.round(100 * p[point])} percent`;
          }
          const percent = p && !stone ? Math.round(100 * p[point]) : 0;
          return { text: percent ? String(percent) : "", kind, shade: p && !stone ? 0.5 * p[point] : 0, says };
        },
      });
    }
  }

  customElements.define("course-capture-go", CaptureGo);
})();
