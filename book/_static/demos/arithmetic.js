/**
 * The arithmetic of the live demos, without a page: sizes, convolution, pooling, the cost ledger, receptive fields, LeNet and the network that plays Go.
 * Keras's conventions throughout: cross-correlation, channels last, floor, and `same` padding with the odd cell at the end.
 * tests/test_demos.py compares every function with Keras.
 */
"use strict";
window.courseDemos = window.courseDemos || {};

courseDemos.arithmetic = (() => {
  /**
   * One side of a feature map: its length, and the cells that are added before and after.
   * @param {number} n length of the input
   * @param {number} k kernel or pooling window
   * @param {number} stride
   * @param {"valid"|"same"|number|[number, number]} padding a number: as many on each side; two: before and after
   * @param {number} [dilation]
   * @returns {{size: number, before: number, after: number, extent: number}} size is 0 or less when the kernel does not fit
   */
  function side(n, k, stride, padding, dilation = 1) {
    const extent = dilation * (k - 1) + 1;
    let [before, after] = Array.isArray(padding) ? padding : [padding, padding];
    if (padding === "valid") {
      before = after = 0;
    } else if (padding === "same") {
      const total = Math.max((Math.ceil(n / stride) - 1) * stride + extent - n, 0);
      before = Math.floor(total / 2);
      after = total - before;
    }
    const room = n + before + after - extent;
    return { size: room < 0 ? 0 : Math.floor(room / stride) + 1, before, after, extent };
  }

  /** A matrix turned by 180 degrees: what a true convolution does to its kernel before it slides. */
  const halfTurn = (matrix) => matrix.map((row) => [...row].reverse()).reverse();

  /** A number as a sum should show it: without the dust of binary fractions. */
  const tidy = (value) => Math.round(value * 1e9) / 1e9 + 0;

  /**
   * What the kernel multiplies at one place of the output.
   * @param {number[][]} image
   * @param {number[][]} kernel as it slides
   * @param {{stride?: number, padding?: *, dilation?: number}} settings
   * @param {number} row place in the output
   * @param {number} column place in the output
   * @returns {{row: number, column: number, pixel: number, weight: number, inside: boolean}[]} pixel is 0 in the padding
   */
  function terms(image, kernel, { stride = 1, padding = "valid", dilation = 1 }, row, column) {
    const top = row * stride - side(image.length, kernel.length, stride, padding, dilation).before;
    const left = column * stride - side(image[0].length, kernel[0].length, stride, padding, dilation).before;
    const found = [];
    for (let i = 0; i < kernel.length; i++) {
      for (let j = 0; j < kernel[0].length; j++) {
        const r = top + i * dilation;
        const c = left + j * dilation;
        const inside = r >= 0 && r < image.length && c >= 0 && c < image[0].length;
        found.push({ row: r, column: c, pixel: inside ? image[r][c] : 0, weight: kernel[i][j], inside });
      }
    }
    return found;
  }

  /**
   * Slide a kernel over an image.
   * @param {number[][]} image
   * @param {number[][]} kernel
   * @param {{stride?: number, padding?: *, dilation?: number, flip?: boolean}} settings flip: a true convolution
   * @returns {number[][]} empty when the kernel does not fit
   */
  function convolve(image, kernel, settings = {}) {
    const { stride = 1, padding = "valid", dilation = 1, flip = false } = settings;
    const slid = flip ? halfTurn(kernel) : kernel;
    const rows = side(image.length, slid.length, stride, padding, dilation);
    const columns = side(image[0].length, slid[0].length, stride, padding, dilation);
    if (rows.size < 1 || columns.size < 1) return [];
    const result = [];
    for (let r = 0; r < rows.size; r++) {
      const line = [];
      for (let c = 0; c < columns.size; c++) {
        let sum = 0;
        for (let i = 0; i < slid.length; i++) {
          const source = image[r * stride - rows.before + i * dilation];
          if (source === undefined) continue;
          for (let j = 0; j < slid[0].length; j++) {
            const pixel = source[c * stride - columns.before + j * dilation];
            if (pixel !== undefined) sum += pixel * slid[i][j];
          }
        }
        line.push(tidy(sum));
      }
      result.push(line);
    }
    return result;
  }

  /**
   * Pool a map.
   * @param {number[][]} image
   * @param {{size: number, stride: number, padding?: "valid"|"same", kind: "max"|"average"}} settings
   * @returns {{value: number, cells: [number, number][], kept: [number, number]|null}[][]} for each place its value, the
   *   cells of the input in its window (padding has none, and an average does not count it), and the cell that won
   */
  function pool(image, { size, stride, padding = "valid", kind }) {
    const rows = side(image.length, size, stride, padding);
    const columns = side(image[0].length, size, stride, padding);
    const result = [];
    for (let r = 0; r < rows.size && columns.size > 0; r++) {
      const line = [];
      for (let c = 0; c < columns.size; c++) {
        const cells = [];
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) {
            const y = r * stride - rows.before + i;
            const x = c * stride - columns.before + j;
            if (y >= 0 && y < image.length && x >= 0 && x < image[0].length) cells.push([y, x]);
          }
        }
        const values = cells.map(([y, x]) => image[y][x]);
        const largest = Math.max(...values);
        line.push(
          kind === "max"
            ? { value: largest, cells, kept: cells[values.indexOf(largest)] }
            : { value: tidy(values.reduce((a, b) => a + b, 0) / values.length), cells, kept: null },
        );
      }
      result.push(line);
    }
    return result;
  }

  // ---------------------------------------------------------------- cost ledger, as course/cells/ledger.py computes it

  const product = (numbers) => numbers.reduce((a, b) => a * b, 1);
  const SLIDES = ["Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D"];
  const NEEDS_MAP = [...SLIDES, "ZeroPadding2D", "GlobalAveragePooling2D"];

  /** Output shape of a layer; an Error says in words why there is none. */
  function outputShape(layer, shape) {
    const { kind } = layer;
    if (NEEDS_MAP.includes(kind) && shape.length !== 3) {
      throw new Error(`${kind} needs height, width and channels; what arrives is a list of ${shape[0]} numbers.`);
    }
    if (SLIDES.includes(kind)) {
      const sides = [0, 1].map((i) => side(shape[i], layer.kernel, layer.stride, layer.padding, layer.dilation || 1));
      if (layer.stride > 1 && layer.dilation > 1) throw new Error("Keras does not take a stride and a dilation above 1 at once.");
      if (sides.some((s) => s.size < 1)) {
        throw new Error(`It covers ${sides[0].extent}×${sides[0].extent} and does not fit into ${shape[0]}×${shape[1]}.`);
      }
      let channels = shape[2];
      if (kind === "Conv2D") {
        const groups = layer.groups || 1;
        if (channels % groups || layer.filters % groups) {
          throw new Error(`Channels (${channels}) and filters (${layer.filters}) must both be divisible by ${groups} groups.`);
        }
        channels = layer.filters;
      } else if (kind === "SeparableConv2D") {
        channels = layer.filters;
      }
      return [sides[0].size, sides[1].size, channels];
    }
    switch (kind) {
      case "ZeroPadding2D":
        return [shape[0] + 2 * layer.cells, shape[1] + 2 * layer.cells, shape[2]];
      case "GlobalAveragePooling2D":
        return [shape[2]];
      case "Flatten":
        return [product(shape)];
      case "Dense":
        return [...shape.slice(0, -1), layer.units];
      default:
        return shape;
    }
  }

  /** Numbers of weights that multiply a value, and of all other parameters. */
  function weights(layer, channels, made) {
    const area = (layer.kernel || 0) ** 2;
    const bias = layer.bias === false ? 0 : made;
    switch (layer.kind) {
      case "Conv2D":
        return [((area * channels) / (layer.groups || 1)) * made, bias];
      case "DepthwiseConv2D":
        return [area * made, bias];
      case "SeparableConv2D":
        return [area * channels + channels * made, bias];
      case "Dense":
        return [channels * made, bias];
      case "BatchNormalization":
        return [0, 4 * channels];
      default:
        return [0, 0];
    }
  }

  /**
   * Cost of a chain of layers for one image, row by row.
   * @param {number[]} input height, width, channels
   * @param {object[]} layers each with kind and its settings: filters, kernel, stride, padding, dilation, groups, bias, units, cells
   * @returns {{kind: string, shape: number[], parameters: number, macs: number, bytes: number, alive: number,
   *   field: [number, number], jump: [number, number]|null, error?: string}[]} the input is row 0; rows after an error are
   *   missing. A field of Infinity: the unit may see the whole input.
   */
  function ledger(input, layers) {
    const rows = [
      { kind: "Input", shape: input, parameters: 0, macs: 0, bytes: 4 * product(input), field: [1, 1], jump: [1, 1] },
    ];
    for (const layer of layers) {
      const before = rows[rows.length - 1];
      let shape;
      try {
        shape = outputShape(layer, before.shape);
      } catch (error) {
        rows.push({ kind: layer.kind, error: error.message });
        break;
      }
      const [multiplied, others] = weights(layer, before.shape[before.shape.length - 1], shape[shape.length - 1]);
      const whole = !before.jump || ["Flatten", "GlobalAveragePooling2D"].includes(layer.kind);
      const slides = SLIDES.includes(layer.kind);
      const extent = slides ? (layer.dilation || 1) * (layer.kernel - 1) + 1 : 1;
      rows.push({
        kind: layer.kind,
        shape,
        parameters: multiplied + others,
        macs: multiplied * product(shape.slice(0, -1)),
        bytes: layer.kind === "Flatten" ? 0 : 4 * product(shape),
        field: whole ? [Infinity, Infinity] : before.field.map((r, i) => r + (extent - 1) * before.jump[i]),
        jump: whole ? null : before.jump.map((j) => j * (slides ? layer.stride : 1)),
      });
    }
    // A tensor lives until the next layer has read it; a view or a dropout hands on the tensor that it got.
    const good = rows.filter((row) => !row.error);
    const owner = [];
    good.forEach((row, i) => owner.push(["Flatten", "Dropout"].includes(row.kind) ? owner[i - 1] : i));
    good.forEach((row, i) => {
      row.alive = [...new Set([owner[i], owner[Math.max(i - 1, 0)]])].reduce((sum, j) => sum + good[j].bytes, 0);
    });
    return rows;
  }

  /** Sums over a ledger: parameters, macs, and bytes for one image without training (at once) and in training (all). */
  function totals(rows) {
    const good = rows.filter((row) => !row.error);
    const sum = (key) => good.reduce((total, row) => total + row[key], 0);
    return {
      parameters: sum("parameters"),
      macs: sum("macs"),
      inference: Math.max(...good.map((row) => row.alive)),
      training: sum("bytes"),
    };
  }

  // ---------------------------------------------------------------- receptive field

  /**
   * What one unit sees along one side, in its own layer and in every layer below it.
   * @param {number} n length of the input
   * @param {{kernel: number, stride: number, padding: *, dilation?: number}[]} layers from the input on
   * @param {number} level layer of the unit; 0 is the input
   * @param {number} place of the unit in its layer
   * @returns {number[][]} for each level from 0 to `level` the number of paths from each unit there to the unit; 0: not seen
   */
  function paths(n, layers, level, place) {
    const lengths = [n];
    const geometry = layers.map((l) => {
      const found = side(lengths[lengths.length - 1], l.kernel, l.stride, l.padding, l.dilation || 1);
      lengths.push(found.size);
      return found;
    });
    const counts = lengths.slice(0, level + 1).map((length) => new Array(Math.max(length, 0)).fill(0));
    counts[level][place] = 1;
    for (let l = level; l > 0; l--) {
      const { kernel, stride, dilation = 1 } = layers[l - 1];
      counts[l].forEach((count, unit) => {
        for (let i = 0; count && i < kernel; i++) {
          const below = unit * stride - geometry[l - 1].before + i * dilation;
          if (below >= 0 && below < lengths[l - 1]) counts[l - 1][below] += count;
        }
      });
    }
    return counts;
  }

  // ---------------------------------------------------------------- LeNet

  /** Weights of the digit network from its text: see `fixed` in course/site/demos.py. */
  function readWeights({ data, tensors }) {
    const bytes = atob(data);
    let at = 0;
    return tensors.map(({ shape, scale }) => {
      const values = new Float32Array(product(shape));
      for (let i = 0; i < values.length; i++, at += 3) {
        const upper = (bytes.charCodeAt(at) << 8) | (bytes.charCodeAt(at + 1) << 16) | (bytes.charCodeAt(at + 2) << 24);
        values[i] = (upper >> 8) * scale;
      }
      return { shape, values };
    });
  }

  /** A layer's values, channels last, with their shape. */
  const volume = (shape, values = new Float32Array(product(shape))) => ({ shape, values });

  /** Conv2D with ReLU and stride 1. */
  function convolution(input, kernel, bias, padding) {
    const [height, width, channels] = input.shape;
    const [kh, kw, , filters] = kernel.shape;
    const rows = side(height, kh, 1, padding);
    const columns = side(width, kw, 1, padding);
    const output = volume([rows.size, columns.size, filters]);
    const sums = new Float64Array(filters);
    for (let r = 0; r < rows.size; r++) {
      for (let c = 0; c < columns.size; c++) {
        sums.set(bias.values);
        for (let i = 0; i < kh; i++) {
          const y = r + i - rows.before;
          if (y < 0 || y >= height) continue;
          for (let j = 0; j < kw; j++) {
            const x = c + j - columns.before;
            if (x < 0 || x >= width) continue;
            for (let d = 0; d < channels; d++) {
              const value = input.values[(y * width + x) * channels + d];
              const start = ((i * kw + j) * channels + d) * filters;
              for (let f = 0; value && f < filters; f++) sums[f] += value * kernel.values[start + f];
            }
          }
        }
        for (let f = 0; f < filters; f++) output.values[(r * columns.size + c) * filters + f] = Math.max(0, sums[f]);
      }
    }
    return output;
  }

  /** MaxPooling2D of 2x2 with stride 2. */
  function halve(input) {
    const [height, width, channels] = input.shape;
    const output = volume([height >> 1, width >> 1, channels]);
    const at = (y, x, d) => input.values[(y * width + x) * channels + d];
    let i = 0;
    for (let y = 0; y < output.shape[0]; y++) {
      for (let x = 0; x < output.shape[1]; x++) {
        for (let d = 0; d < channels; d++, i++) {
          output.values[i] = Math.max(
            at(2 * y, 2 * x, d),
            at(2 * y, 2 * x + 1, d),
            at(2 * y + 1, 2 * x, d),
            at(2 * y + 1, 2 * x + 1, d),
          );
        }
      }
    }
    return output;
  }

  /** Dense, without an activation. */
  function dense(values, kernel, bias) {
    const units = kernel.shape[1];
    const sums = Float64Array.from(bias.values);
    values.forEach((value, i) => {
      for (let u = 0; value && u < units; u++) sums[u] += value * kernel.values[i * units + u];
    });
    return Float32Array.from(sums);
  }

  const relu = (values) => values.map((value) => Math.max(0, value));

  function softmax(values) {
    const largest = Math.max(...values);
    const powers = Array.from(values, (value) => Math.exp(value - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  }

  /**
   * Run the LeNet of chapter 11.
   * @param {{shape: number[], values: Float32Array}[]} w what readWeights returns
   * @param {ArrayLike<number>} pixels 784 values from 0 to 1
   * @returns {{maps: {name: string, shape: number[], values: Float32Array}[], probabilities: number[]}} every layer's output
   */
  function lenet(w, pixels) {
    const input = volume([28, 28, 1], Float32Array.from(pixels));
    const conv1 = convolution(input, w[0], w[1], "same");
    const pool1 = halve(conv1);
    const conv2 = convolution(pool1, w[2], w[3], "valid");
    const pool2 = halve(conv2);
    const dense1 = relu(dense(pool2.values, w[4], w[5]));
    const dense2 = relu(dense(dense1, w[6], w[7]));
    const maps = [
      ["convolution 1", conv1],
      ["max pooling 1", pool1],
      ["convolution 2", conv2],
      ["max pooling 2", pool2],
      ["dense 1", volume([120], dense1)],
      ["dense 2", volume([84], dense2)],
    ].map(([name, { shape, values }]) => ({ name, shape, values }));
    return { maps, probabilities: softmax(dense(dense2, w[8], w[9])) };
  }

  /**
   * Make a drawing look like a digit of MNIST: its ink fitted into 20x20, the centre of mass at row and column 14 of 28x28, where MNIST has it.
   * @param {ArrayLike<number>} ink values from 0 (paper) to 1 (ink), row after row
   * @param {number} width
   * @param {number} height
   * @returns {Float32Array|null} 784 values; null when nothing is drawn
   */
  function likeMnist(ink, width, height) {
    let top = height,
      bottom = -1,
      left = width,
      right = -1;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (ink[y * width + x] > 0.02) {
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
          left = Math.min(left, x);
          right = Math.max(right, x);
        }
      }
    }
    if (bottom < 0) return null;
    const boxHeight = bottom - top + 1;
    const boxWidth = right - left + 1;
    const scale = Math.max(boxHeight, boxWidth) / 20; // pixels of the drawing in one of the 20
    const small = [Math.max(1, Math.round(boxHeight / scale)), Math.max(1, Math.round(boxWidth / scale))];
    const shrunk = new Float32Array(small[0] * small[1]);
    let mass = 0,
      massY = 0,
      massX = 0;
    for (let y = 0; y < small[0]; y++) {
      for (let x = 0; x < small[1]; x++) {
        const value = mean(
          ink,
          width,
          top + (y * boxHeight) / small[0],
          top + ((y + 1) * boxHeight) / small[0],
          left + (x * boxWidth) / small[1],
          left + ((x + 1) * boxWidth) / small[1],
        );
        shrunk[y * small[1] + x] = value;
        mass += value;
        massY += value * y;
        massX += value * x;
      }
    }
    const place = (centre, length) => Math.min(Math.max(Math.round(14 - centre), 0), 28 - length);
    const y0 = place(massY / mass, small[0]);
    const x0 = place(massX / mass, small[1]);
    const result = new Float32Array(784);
    shrunk.forEach((value, i) => {
      result[(y0 + Math.floor(i / small[1])) * 28 + x0 + (i % small[1])] = value;
    });
    return result;
  }

  /** Mean of the ink over a rectangle whose sides may cut pixels. */
  function mean(ink, width, y0, y1, x0, x1) {
    let sum = 0;
    for (let y = Math.floor(y0); y < y1; y++) {
      const high = Math.min(y + 1, y1) - Math.max(y, y0);
      for (let x = Math.floor(x0); x < x1; x++) sum += (ink[y * width + x] || 0) * high * (Math.min(x + 1, x1) - Math.max(x, x0));
    }
    return sum / ((y1 - y0) * (x1 - x0));
  }

  // ---------------------------------------------------------------- Go

  /**
   * Run the policy network of chapter 21.
   * @param {{shape: number[], values: Float32Array}[]} w what readWeights returns: kernel and bias of each layer, the 1x1 kernel, a bias for each point
   * @param {ArrayLike<number>} board 1 for the player's stones, -1 for the opponent's, 0 for empty points, row after row
   * @returns {number[]} a probability for each point
   */
  function policy(w, board) {
    const size = Math.sqrt(board.length);
    let x = volume([size, size, 3]);
    Array.from(board).forEach((stone, i) => {
      x.values[3 * i + (stone === 1 ? 0 : stone === -1 ? 1 : 2)] = 1;
    });
    const last = w.length - 2;
    for (let i = 0; i < last; i += 2) x = convolution(x, w[i], w[i + 1], "same");
    const filters = x.shape[2];
    const scores = Array.from(board, (_, i) => {
      let sum = w[last + 1].values[i];
      for (let f = 0; f < filters; f++) sum += x.values[i * filters + f] * w[last].values[f];
      return sum;
    });
    return softmax(scores);
  }

  /** The chain of the stone at a point: its stones and its liberties, as sets of places. */
  function chain(board, place) {
    const stones = new Set([place]);
    const liberties = new Set();
    const waiting = [place];
    while (waiting.length) {
      for (const other of around(waiting.pop(), Math.sqrt(board.length))) {
        if (board[other] === 0) liberties.add(other);
        else if (board[other] === board[place] && !stones.has(other)) {
          stones.add(other);
          waiting.push(other);
        }
      }
    }
    return { stones, liberties };
  }

  /** The places above, below, left and right. */
  function around(place, size) {
    const row = Math.floor(place / size);
    const column = place % size;
    return [
      [row - 1, column],
      [row + 1, column],
      [row, column - 1],
      [row, column + 1],
    ]
      .filter(([r, c]) => r >= 0 && r < size && c >= 0 && c < size)
      .map(([r, c]) => r * size + c);
  }

  /**
   * Play a move of capture Go.
   * @param {number[]} board
   * @param {number} point
   * @param {number} colour 1 or -1
   * @returns {{board: number[], captured: number[]}|null} null when the move is not legal; captured stones still stand on the board
   */
  function moveStone(board, point, colour) {
    if (board[point] !== 0) return null;
    const after = Array.from(board);
    after[point] = colour;
    const captured = new Set();
    for (const other of around(point, Math.sqrt(board.length))) {
      if (after[other] !== -colour) continue;
      const { stones, liberties } = chain(after, other);
      if (!liberties.size) stones.forEach((stone) => captured.add(stone));
    }
    if (!captured.size && !chain(after, point).liberties.size) return null;
    return { board: after, captured: [...captured] };
  }

  return {
    side,
    halfTurn,
    tidy,
    terms,
    convolve,
    pool,
    ledger,
    totals,
    paths,
    readWeights,
    lenet,
    likeMnist,
    policy,
    chain,
    moveStone,
  };
})();
