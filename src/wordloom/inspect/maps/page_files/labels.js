// Which words are written, and where. A word that is written at a zoom stays so at every greater
// one: labels keep their size while the map grows under them, so those that are apart stay apart.
// Levels are half powers of two of the zoom, and are worked out when they are first looked at.

const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif';
const FIRST_LEVEL = -2, NEVER = 127, LONGEST = 36;
// How many of the most frequent words may be written at zoom 1: else rare short ones would fill the gaps.
const CANDIDATES = 900;
const lastLevel = Math.ceil(2 * Math.log2(camera.most));

const labelText = (word) => (words[word].length > LONGEST ? words[word].slice(0, LONGEST) + "…" : words[word]);
const fontSize = (word) =>
  highlighted.has(word) ? 17 : central.has(word) ? 15 : Math.round(11.6 + 6.4 * (1 - Math.log1p(word) / Math.log1p(nWords)));

const measure = {
  context: document.createElement("canvas").getContext("2d"),
  letters: new Map(),
  // The width of a label in pixels; letters are added up, which is much faster than asking for each word.
  width(text, size) {
    let sum = 0;
    for (const letter of text) {
      let wide = this.letters.get(letter);
      if (wide === undefined) {
        this.context.font = `500 100px ${FAMILY}`;
        this.letters.set(letter, (wide = this.context.measureText(letter).width));
      }
      sum += wide;
    }
    return (sum * size) / 100;
  },
};

// Boxes on the screen that must not overlap, in a hashed grid.
class Boxes {
  constructor() {
    this.heads = new Int32Array(1 << 15).fill(-1);
    this.next = [];
    this.boxes = [];
  }
  cells(x0, y0, x1, y1, visit) {
    const mask = this.heads.length - 1;
    for (let row = Math.floor(y0 / 28); row <= Math.floor(y1 / 28); row++) {
      for (let column = Math.floor(x0 / 90); column <= Math.floor(x1 / 90); column++) {
        if (visit((Math.imul(row, 73856093) ^ Math.imul(column, 19349663)) & mask)) return true;
      }
    }
    return false;
  }
  hits(x0, y0, x1, y1) {
    const { heads, next, boxes } = this;
    return this.cells(x0, y0, x1, y1, (cell) => {
      for (let entry = heads[cell]; entry >= 0; entry = next[entry]) {
        const at = 4 * entry;
        if (x0 < boxes[at + 2] && x1 > boxes[at] && y0 < boxes[at + 3] && y1 > boxes[at + 1]) return true;
      }
      return false;
    });
  }
  add(x0, y0, x1, y1) {
    this.cells(x0, y0, x1, y1, (cell) => {
      this.boxes.push(x0, y0, x1, y1);
      this.next.push(this.heads[cell]);
      this.heads[cell] = this.next.length - 1;
      return false;
    });
  }
}

const levels = {
  of: new Int8Array(nWords),
  lists: [],
  // Each cluster shows its most central words first, then the frequent ones come.
  order: [...highlighted, ...central, ...Array(nWords).keys()],
  widths: new Float32Array(nWords),

  reset() {
    this.of.fill(NEVER);
    this.lists = [];
    if (!this.preparing) this.prepare();
  },
  // Works the next levels out while nothing else happens, so that zooming need not wait for them.
  prepare() {
    const idle = globalThis.requestIdleCallback ?? ((act) => setTimeout(act, 50));
    this.preparing = this.lists.length <= lastLevel - FIRST_LEVEL;
    if (!this.preparing) return;
    idle(() => {
      this.place(this.lists.length + FIRST_LEVEL);
      this.prepare();
    });
  },
  // Words that are written from a level on (levels count from FIRST_LEVEL).
  list(level) {
    while (this.lists.length <= level - FIRST_LEVEL) this.place(this.lists.length + FIRST_LEVEL);
    return this.lists[level - FIRST_LEVEL];
  },
  width(word) {
    return this.widths[word] || (this.widths[word] = measure.width(labelText(word), fontSize(word)));
  },
  place(level) {
    const scale = camera.unit * 2 ** (level / 2), taken = new Boxes(), placed = [];
    const box = (word) => {
      const x = positions[2 * word] * scale, y = -positions[2 * word + 1] * scale;
      const half = this.width(word) / 2 + 7, tall = fontSize(word) * 0.6 + 4;
      return [x - half, y - tall, x + half, y + tall];
    };
    for (const list of this.lists) for (const word of list) taken.add(...box(word));
    const most = level === lastLevel ? nWords : CANDIDATES * 2 ** level;
    for (const word of this.order) {
      if (word >= most && !highlighted.has(word) && !central.has(word)) break;
      if (this.of[word] !== NEVER || !shown[clusters[word]]) continue;
      const [x0, y0, x1, y1] = box(word);
      if (taken.hits(x0, y0, x1, y1)) continue;
      taken.add(x0, y0, x1, y1);
      this.of[word] = level;
      placed.push(word);
    }
    this.lists.push(placed);
  },
};

const inks = new Map();
function inkOf(cluster) {
  const key = `${cluster}${dark.matches}`;
  if (!inks.has(key)) {
    const own = rgb(colorOf(cluster)), ink = dark.matches ? [240, 243, 246] : [22, 29, 38];
    const share = dark.matches ? 0.45 : 0.42;
    inks.set(key, `rgb(${own.map((value, i) => Math.round(share * value + (1 - share) * ink[i]))})`);
  }
  return inks.get(key);
}

const labels = {
  canvas: byId("labels"),
  drawn: [],

  draw(ratio) {
    const context = (this.context ??= this.canvas.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    this.paper = dark.matches ? "#11151a" : "#fbfbf8";
    this.drawn = [];
    const marked = selected < 0 ? [] : this.markedBoxes();
    if (selected >= 0) this.edges();
    this.plain(marked);
    for (const word of highlighted) if (selected < 0) this.ring(word, 1.5);
    for (const label of marked) this.write(label, true);
  },

  plain(marked) {
    const level = 2 * Math.log2(camera.zoom), offset = dotRadius() + 3;
    const last = Math.min(lastLevel, Math.ceil(level + 0.01)), written = new Set(marked.map((label) => label.word));
    for (let at = last; at >= FIRST_LEVEL; at--) {
      const opacity = Math.min(1, (level + 0.34 - at) / 0.34) * (selected < 0 ? 1 : 0.32);
      if (opacity <= 0.02) continue;
      const list = levels.list(at);
      for (let i = list.length - 1; i >= 0; i--) {
        const word = list[i], x = camera.screenX(positions[2 * word]);
        if (x < -90 || x > camera.width + 90) continue;
        const size = fontSize(word), y = camera.screenY(positions[2 * word + 1]) - offset - size / 2;
        if (y < -20 || y > camera.height + 20) continue;
        const half = levels.width(word) / 2, tall = size * 0.62;
        const clear = (box) => x + half < box.x0 || x - half > box.x1 || y + tall < box.y0 || y - tall > box.y1;
        if (!written.has(word) && marked.every(clear)) {
          this.write({ word, x, y, size, opacity, x0: x - half, x1: x + half, y0: y - tall, y1: y + tall }, false);
        }
      }
    }
  },

  // The chosen word and its neighbours: above the dot, or where there is room around it.
  markedBoxes() {
    const found = [{ ...this.ringBox(selected), word: -1 }];
    for (const word of [selected, ...neighborsOf(selected).map((near) => near.word)]) {
      const size = word === selected ? 20 : 15, width = measure.width(labelText(word), size) * 1.06 + 14;
      const px = camera.screenX(positions[2 * word]), py = camera.screenY(positions[2 * word + 1]);
      const tall = size * 0.5 + 4, gap = dotRadius() * 1.55 + 5;
      const places = [[0, -gap - tall], [0, gap + tall], [gap + width / 2, 0], [-gap - width / 2, 0], [0, -gap - 3 * tall], [0, gap + 3 * tall]];
      for (const [dx, dy] of places) {
        const x = px + dx, y = py + dy;
        const leader = Math.abs(dy) > gap + tall ? [px, py] : null;
        const box = { word, x, y, size, leader, opacity: 1, x0: x - width / 2, x1: x + width / 2, y0: y - tall, y1: y + tall };
        const apart = (other) => box.x1 < other.x0 || box.x0 > other.x1 || box.y1 < other.y0 || box.y0 > other.y1;
        if (found.every(apart)) {
          found.push(box);
          break;
        }
      }
    }
    return found.slice(1).reverse();
  },

  ringBox(word) {
    const x = camera.screenX(positions[2 * word]), y = camera.screenY(positions[2 * word + 1]);
    const reach = dotRadius() * sizeOf(word) + 4;
    return { x0: x - reach, x1: x + reach, y0: y - reach, y1: y + reach };
  },

  write(label, marked) {
    const { context } = this, { word, x, y } = label, text = labelText(word);
    const bold = word === selected || highlighted.has(word);
    context.font = `${bold ? 700 : marked ? 600 : 500} ${label.size}px ${FAMILY}`;
    context.globalAlpha = label.opacity;
    if (label.leader) {
      context.strokeStyle = inkOf(clusters[word]);
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(...label.leader);
      context.stroke();
    }
    if (marked) {
      context.fillStyle = this.paper;
      context.globalAlpha = 0.9;
      context.beginPath();
      context.roundRect(label.x0, label.y0, label.x1 - label.x0, label.y1 - label.y0, 7);
      context.fill();
      context.globalAlpha = 1;
    } else {
      context.strokeStyle = this.paper;
      context.lineWidth = 3.5;
      context.strokeText(text, x, y);
    }
    context.fillStyle = inkOf(clusters[word]);
    context.fillText(text, x, y);
    context.globalAlpha = 1;
    this.drawn.push(label);
  },

  edges() {
    const { context } = this, x = camera.screenX(positions[2 * selected]), y = camera.screenY(positions[2 * selected + 1]);
    context.strokeStyle = colorOf(clusters[selected]);
    for (const { word, similarity } of neighborsOf(selected)) {
      context.globalAlpha = 0.25 + 0.5 * Math.max(0, similarity);
      context.lineWidth = 0.8 + 1.4 * Math.max(0, similarity);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(camera.screenX(positions[2 * word]), camera.screenY(positions[2 * word + 1]));
      context.stroke();
    }
    context.globalAlpha = 1;
    this.ring(selected, 2.5);
  },

  ring(word, width) {
    const { context } = this;
    context.strokeStyle = inkOf(clusters[word]);
    context.lineWidth = width;
    context.beginPath();
    context.arc(camera.screenX(positions[2 * word]), camera.screenY(positions[2 * word + 1]), dotRadius() * sizeOf(word) + 3.5, 0, 7);
    context.stroke();
  },

  // The word under a place of the screen: a label, or else the nearest dot within reach; -1: none.
  at(x, y, reach) {
    for (let i = this.drawn.length - 1; i >= 0; i--) {
      const box = this.drawn[i];
      if (x >= box.x0 && x <= box.x1 && y >= box.y0 && y <= box.y1) return box.word;
    }
    const mapX = camera.mapX(x), mapY = camera.mapY(y);
    let best = (reach / camera.scale) ** 2, found = -1;
    for (let word = 0; word < nWords; word++) {
      const dx = positions[2 * word] - mapX, dy = positions[2 * word + 1] - mapY, distance = dx * dx + dy * dy;
      if (distance < best && shown[clusters[word]]) {
        best = distance;
        found = word;
      }
    }
    return found;
  },
};
