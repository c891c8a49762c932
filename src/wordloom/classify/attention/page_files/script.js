// Everything that comes from texts enters the page as text, never as markup.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const { names, words, texts, groupings } = data;
const many = names.length;
const dark = matchMedia("(prefers-color-scheme: dark)");
const two = (value) => (value === null ? "–" : value.toFixed(2));
const three = (value) => (value === null ? "–" : value.toFixed(3));
const whole = (number) => number.toLocaleString("en");
const percent = (share) => (share === null ? "–" : `${(100 * share).toFixed(share > 0.995 && share < 1 ? 1 : 0)}%`);
const plural = (number, thing) => `${whole(number)} ${thing}${number === 1 ? "" : "s"}`;

function unpack({ type, data: letters }) {
  const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
  return new { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array }[type](bytes.buffer);
}

function element(tag, name, content) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (content !== undefined) made.append(...[content].flat());
  return made;
}

const tokens = unpack(texts.words), weights = unpack(texts.weights), means = unpack(words.means);
const lacking = words.lacks && unpack(words.lacks);
const weightsOf = (token) => Array.from(weights.subarray(token * many, (token + 1) * many), (w) => w / 65535);
const meansOf = (word) => Array.from(means.subarray(word * many, (word + 1) * many), (w) => w / 65535);
const lacks = (word, column) => Boolean(lacking && lacking[word * many + column]);
const lacksAny = (word) => names.some((_, column) => lacks(word, column));
const begins = [0];
for (const length of texts.lengths) begins.push(begins[begins.length - 1] + length);

// Colours. A word takes the colour of the embeddings that have more than an even share (or than
// their mean), the stronger the further above; so it shows nothing where none stands out.

let colors = [], fullest = [], reach = 1, base = [];
const average = groupings.overall[0].mean;
const channels = (color) => [1, 3, 5].map((place) => parseInt(color.slice(place, place + 2), 16));
const mixed = (from, to, part) => from.map((value, place) => value + (to[place] - value) * part);
const css = (channel) => `rgb(${channel.map(Math.round).join(" ")})`;
const paper = () => (dark.matches ? [23, 28, 34] : [255, 255, 255]);
const ink = () => (dark.matches ? [233, 237, 241] : [28, 37, 48]);

// Gates need not add up to 1: what counts for a colour is each one's share.
function sharesOf(row) {
  const sum = row.reduce((total, value) => total + value, 0);
  return many === 1 ? row : row.map((value) => (sum > 0 ? value / sum : 1 / many));
}

function readColors() {
  colors = data.colors[dark.matches ? "dark" : "light"].map(channels);
  fullest = colors.map(fullestOf);
  names.forEach((_, column) => document.documentElement.style.setProperty(`--own${column}`, css(colors[column])));
  const even = document.querySelector("[name=against]:checked").value === "even";
  base = even || average[0] === null ? names.map(() => (many === 1 ? 0 : 1 / many)) : sharesOf(average);
  const above = Float64Array.from(tokens, (_, token) => Math.max(...excess(weightsOf(token)))).sort();
  // The colour is full for the highest 2 in 100 words, so that one odd word leaves the others pale.
  const high = above.length ? above[Math.floor(0.98 * (above.length - 1))] : 1;
  reach = Math.max(0.05, Math.ceil(100 * high) / 100);
}

const excess = (row) => sharesOf(row).map((share, column) => share - base[column]);

function background(row) {
  const above = excess(row).map((value) => Math.max(0, value));
  const sum = above.reduce((total, value) => total + value, 0);
  if (sum < 1e-3) return "transparent";
  const mean = (of) => above.reduce((total, value, column) => total + value * of(column), 0) / sum;
  const color = [0, 1, 2].map((channel) => mean((column) => colors[column][channel]));
  const part = mean((column) => fullest[column]) * Math.min(1, Math.max(...above) / reach);
  return css(mixed(paper(), color, part));
}

// Mixtures of many colours are hard to read: a line in the plain colour names the embedding that is
// furthest above.
function furthest(row) {
  const above = excess(row), high = Math.max(...above);
  return high > reach / 4 ? above.indexOf(high) : -1;
}

function luminance(color) {
  const light = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

// How much of a colour the strongest background has: text must stay readable (WCAG 2, 4.5).
function fullestOf(color) {
  let part = 0.62;
  while (contrast(mixed(paper(), color, part), ink()) < 4.6) part -= 0.02;
  return part;
}

const inkOn = (color) => (luminance(color) > 0.2 ? "#10151a" : "#fff");

const named = (column) => {
  const made = element("span", "name", [swatch(column), element("bdi", "", names[column])]);
  return made;
};

function swatch(column) {
  const made = element("i", "swatch");
  made.style.setProperty("--own", `var(--own${column})`);
  return made;
}

// The mean weights as one bar; gates are drawn to the scale of the largest sum.
let most = 1;
function stack(row) {
  const made = element("div", "stack");
  made.setAttribute("aria-hidden", "true");
  row.forEach((value, column) => {
    const part = element("i", "", (100 * value) / most > 12 ? two(value) : "");
    part.style.width = `calc(${(100 * value) / most}% - 1px)`;
    part.style.setProperty("--own", `var(--own${column})`);
    part.style.color = inkOn(colors[column]);
    made.append(part);
  });
  return made;
}

const spokenWeights = (row) => names.map((name, column) => `${name} ${three(row[column])}`).join(", ");

// The hint: what one word or one row of a table says exactly.

const hint = {
  box: byId("hint"),

  show(beside, title, row, notes, errors, lackingHere) {
    const table = element("div");
    row.forEach((value, column) => {
      const gauge = element("span", "gauge", element("i"));
      gauge.firstChild.style.width = `${100 * (value ?? 0)}%`;
      gauge.firstChild.style.setProperty("--own", `var(--own${column})`);
      const error = errors?.[column] ?? null;
      const number = element("output", "", three(value) + (error === null ? "" : ` ± ${three(error)}`));
      table.append(swatch(column), element("bdi", "", names[column]), gauge, number);
      if (lackingHere?.(column)) table.append(element("em", "", "has no vector for this word"));
    });
    this.box.replaceChildren(element("h3", "", element("bdi", "", title)), table, ...notes.map((note) => element("p", "", note)));
    this.box.hidden = false;
    const at = beside.getBoundingClientRect(), own = this.box.getBoundingClientRect();
    const x = Math.max(8, Math.min(innerWidth - own.width - 8, at.left));
    const below = at.bottom + own.height + 14 < innerHeight;
    this.box.style.left = `${x}px`;
    this.box.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - own.height - 8)}px`;
    byId("spoken").textContent = [`${title}: ${spokenWeights(row)}`, ...notes].join(". ");
  },

  hide() {
    this.box.hidden = true;
    document.querySelector(".words .at")?.classList.remove("at");
  },
};

function hintOfToken(span) {
  hint.hide();
  span.classList.add("at");
  const token = Number(span.dataset.token), word = tokens[token];
  const notes = [`${plural(words.counts[word], "time")} in these texts, mean ${meansOf(word).map(two).join(" / ")}`];
  if (words.frequency) notes.push(`frequency ${whole(words.frequency[word])}`);
  hint.show(span, words.names[word], weightsOf(token), [notes.join("; ")], null, (column) => lacks(word, column));
}

function hintOfRow(line, row) {
  const notes = [`${plural(row.n_tokens, "word")} in ${plural(row.n_texts, "text")}`];
  if (many > 1) notes.push(`largest weight at ${row.largest.map(percent).join(" / ")} of them`);
  if (row.known && row.known.some((share) => share < 1)) notes.push(`a vector for ${row.known.map(percent).join(" / ")}`);
  hint.show(line, row.name, row.mean, notes, row.error);
}

// Tiles: each embedding over all words.

function drawTiles() {
  const [all, free] = groupings.overall;
  byId("tiles").replaceChildren(
    ...names.map((name, column) => {
      const tile = element("div", "tile card"), facts = [];
      tile.style.setProperty("--own", `var(--own${column})`);
      if (all.mean[0] === null) return tile.append(element("bdi", "", name), element("p", "", "no words")), tile;
      if (many > 1) facts.push(`largest at ${percent(all.largest[column])} of words`);
      if (all.known) facts.push(`has a vector for ${percent(all.known[column])}`);
      if (free && free.n_tokens) facts.push(`${two(free.mean[column])} at words that all have`);
      const label = element("small", "", " mean weight");
      tile.append(element("bdi", "", name), element("b", "", [two(all.mean[column]), label]), ...facts.map((fact) => element("p", "", fact)));
      return tile;
    })
  );
}

// Texts: coloured words.

const step = 12;
let shownTexts = step, wanted = -1;

function chosenTexts() {
  const label = byId("class").value;
  return texts.lengths.map((_, text) => text).filter(
    (text) =>
      (!label || texts.labels[text].includes(label.slice(1))) &&
      (wanted < 0 || tokens.subarray(begins[text], begins[text + 1]).includes(wanted))
  );
}

function drawTexts() {
  hint.hide();
  const chosen = chosenTexts();
  byId("texts").replaceChildren(...chosen.slice(0, shownTexts).map(drawText));
  const rest = chosen.length - shownTexts;
  byId("more-texts").hidden = rest <= 0;
  byId("more-texts").textContent = `Show ${Math.min(rest, step)} more`;
  byId("only").hidden = wanted < 0;
  if (wanted >= 0) byId("only").firstElementChild.replaceChildren("Texts with ", element("b", "", element("bdi", "", words.names[wanted])), `: ${chosen.length}.`);
  const few = texts.lengths.length < data.n_texts ? `This page holds ${whole(texts.lengths.length)} of ${plural(data.n_texts, "text")}; all means count every text.` : "";
  byId("about-texts").textContent = [chosen.length ? "" : "No text to show.", few].join(" ").trim();
}

function drawText(text) {
  const article = element("article", "text"), line = element("p", "words");
  const labels = texts.labels?.[text] ?? [];
  const head = element("header", "", [`Text ${whole(texts.numbers[text] + 1)}`]);
  if (labels.length) head.append(" · ", element("b", "", element("bdi", "", labels.join(", "))));
  line.tabIndex = 0;
  line.dir = "auto";
  line.setAttribute("role", "group");
  line.setAttribute("aria-label", `Text ${texts.numbers[text] + 1}. Arrow keys go from word to word.`);
  for (let token = begins[text]; token < begins[text + 1]; token++) {
    const span = element("span", lacksAny(tokens[token]) ? "lacks" : "", words.names[tokens[token]]);
    if (tokens[token] === wanted) span.classList.add("sought");
    span.dataset.token = token;
    const row = weightsOf(token);
    span.style.background = background(row);
    const first = many > 2 ? furthest(row) : -1;
    if (first >= 0) span.style.boxShadow = `inset 0 -3px var(--own${first})`;
    line.append(span, " ");
  }
  if (!texts.lengths[text]) line.append(element("i", "soft", "no words that the network sees"));
  article.append(head, line);
  return article;
}

function drawScale() {
  const even = document.querySelector("[name=against]:checked").value === "even";
  const parts = [], places = [0, 0.25, 0.5, 0.75, 1];
  const far = (column) => base[column] + reach;
  if (many <= 2) {
    const ramp = element("div", "ramp"), strip = element("i");
    // What a word with this share of the second embedding looks like.
    const stops = places.map((place) => {
      const share = many === 1 ? base[0] + reach * place : base[1] + reach * (2 * place - 1);
      return `${background(many === 1 ? [share] : [1 - share, share])} ${100 * place}%`;
    });
    strip.style.background = `linear-gradient(to right, ${stops.join(", ").replaceAll("transparent", css(paper()))})`;
    const middle = even ? "even" : `mean ${two(base[0])} / ${two(base[1])}`;
    const ticks = many === 1 ? [[two(base[0])], [two(far(0)), named(0)]] : [[named(0), two(far(0))], [middle], [two(far(1)), named(1)]];
    ramp.append(strip, element("span", "ticks", ticks.map((tick) => element("span", "name", tick))));
    parts.push(ramp);
  } else {
    const keys = element("div", "keys", names.map((_, column) => named(column)));
    const note = `Blank: ${even ? `all even, ${two(1 / many)} each` : "as in the mean of all words"}. Full colour: ${two(reach)} or more above that. Mixed: several are above. Line: the one furthest above.`;
    parts.push(keys, element("p", "note", note));
  }
  if (lacking && lacking.some(Boolean)) {
    parts.push(element("p", "note", [element("span", "lacking", "dashed"), " an embedding has no vector for the word. Point at a word for its weights."]));
  } else parts.push(element("p", "note", "Point at a word, or tap it, for its weights."));
  byId("scale").replaceChildren(...parts);
}

// Tables with bars.

function makeTable(heading, count, rows, cells) {
  const head = element("tr", "", [element("th", "", heading), element("th", "number", count), element("th", "wide", "mean weight")]);
  const body = element("tbody", "", rows.map(cells));
  head.querySelectorAll("th").forEach((cell) => (cell.scope = "col"));
  return element("table", "", [element("thead", "", head), body]);
}

function line(first, number, row) {
  const name = element("th", "", first), bar = element("td", "wide mean", stack(row));
  name.scope = "row";
  bar.append(element("span", "unseen", spokenWeights(row)));
  return element("tr", "", [name, element("td", "number", number), bar]);
}

function drawGroups() {
  const parts = [
    ["by_frequency", "By frequency", "frequency", "Rare words above, frequent ones below. How often a word occurs is counted in the text that was learned from."],
    ["by_class", "By class", "class", "The words of all texts of a class."],
    ["by_word", "Chosen words", "word", "All places at which they stand."],
  ];
  const made = parts.filter(([key]) => groupings[key]).map(([key, title, heading, note]) => {
    const section = element("section", "card", [element("h2", "", title), element("p", "soft small", note)]);
    section.append(
      makeTable(heading, "words", groupings[key], (row) => {
        const drawn = line(element("bdi", "", row.name), whole(row.n_tokens), row.mean);
        drawn.tabIndex = 0;
        for (const event of ["pointerenter", "focus", "click"]) drawn.addEventListener(event, () => hintOfRow(drawn, row));
        for (const event of ["pointerleave", "blur"]) drawn.addEventListener(event, () => hint.hide());
        return drawn;
      })
    );
    return section;
  });
  if (many > 1 && words.names.length) made.push(drawTops());
  byId("groups").replaceChildren(...made);
  if (!made.length) byId("columns").style.gridTemplateColumns = "minmax(0, 1fr)";
}

const wordStep = 40, least = 5;
let shownWords = wordStep;

// What a single text says of a word is chance; and where an embedding has no vector, there is no choice.
function leaning(column) {
  const mean = (word) => means[word * many + column];
  const free = words.names.map((_, word) => word).filter((word) => words.counts[word] >= least && !lacksAny(word));
  return free.sort((a, b) => mean(b) - mean(a));
}

function drawTops() {
  const about = `Highest mean weight, of words that occur at least ${least} times${lacking ? " and that every embedding knows" : ""}.`;
  const section = element("section", "card tops", [element("h2", "", "Leaning most to"), element("p", "soft small", about)]);
  names.forEach((_, column) => {
    const top = leaning(column).slice(0, many > 4 ? 6 : 10);
    const picks = top.map((word) => pick(word, element("bdi", "", words.names[word])));
    picks.forEach((button, place) => {
      button.style.background = css(mixed(paper(), colors[column], fullest[column] * meansOf(top[place])[column]));
      button.title = `${two(meansOf(top[place])[column])} on average; show the texts with this word`;
    });
    section.append(element("h3", "", named(column)), element("p", "", picks.length ? picks : "no word is frequent enough"));
  });
  return section;
}

function pick(word, content) {
  const made = element("button", "pick", content);
  made.type = "button";
  made.title = "Show the texts with this word";
  made.addEventListener("click", () => onlyWith(word));
  return made;
}

function foundWords() {
  const query = byId("query").value.trim().toLowerCase(), sort = byId("sort").value;
  const all = words.names.map((_, word) => word);
  if (query) {
    const place = (word) => words.names[word].toLowerCase().indexOf(query);
    const exact = (word) => Number(words.names[word].toLowerCase() !== query);
    return all.filter((word) => place(word) >= 0).sort((a, b) => exact(a) - exact(b) || place(a) - place(b) || a - b);
  }
  if (sort === "count") return all;
  return leaning(Number(sort));
}

function drawWords() {
  const found = foundWords(), shown = found.slice(0, shownWords), half = Math.ceil(shown.length / 2);
  const columns = shown.length > 8 && byId("words").clientWidth > 860 ? [shown.slice(0, half), shown.slice(half)] : [shown];
  byId("words").replaceChildren(
    ...columns.filter((part) => part.length).map((part) =>
      makeTable("word", "times", part, (word) => {
        const name = element("bdi", lacksAny(word) ? "lacking" : "", words.names[word]);
        return line(pick(word, name), whole(words.counts[word]), meansOf(word));
      })
    )
  );
  const sort = byId("sort").value, free = !byId("query").value.trim() && sort !== "count";
  const of = words.names.length < data.n_words ? ` (of ${whole(data.n_words)}: the most frequent, and those of the texts above)` : "";
  byId("about-words").textContent = free
    ? `Words that occur at least ${least} times${lacking ? " and that every embedding knows" : ""}: ${whole(found.length)}.`
    : `${plural(found.length, "word")}${found.length === words.names.length ? of : ""}. Choose one to see the texts that it stands in.`;
  byId("more-words").hidden = found.length <= shownWords;
  byId("more-words").textContent = `Show ${Math.min(wordStep, found.length - shownWords)} more`;
}

function onlyWith(word) {
  wanted = word;
  shownTexts = step;
  byId("class").value = "";
  drawTexts();
  byId("reading").scrollIntoView();
}

// The start.

function draw() {
  readColors();
  drawTiles();
  drawScale();
  drawTexts();
  drawGroups();
  drawWords();
}

function fill(select, entries) {
  select.replaceChildren(...entries.map(([value, label]) => new Option(label, value)));
}

function listen() {
  const list = byId("texts");
  list.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") event.target.dataset.token ? hintOfToken(event.target) : hint.hide();
  });
  list.addEventListener("pointerleave", () => hint.hide());
  list.addEventListener("click", (event) => event.target.dataset.token && hintOfToken(event.target));
  list.addEventListener("focusout", () => hint.hide());
  list.addEventListener("keydown", (event) => {
    const group = event.target.closest(".words");
    if (!group) return;
    const spans = [...group.querySelectorAll("span")], at = spans.findIndex((span) => span.classList.contains("at"));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: spans.length - 1 }[event.key];
    if (to === undefined || !spans.length) return;
    event.preventDefault();
    const span = spans[Math.max(0, Math.min(spans.length - 1, to))];
    span.scrollIntoView({ block: "nearest" });
    hintOfToken(span);
  });
  addEventListener("keydown", (event) => event.key === "Escape" && hint.hide());
  addEventListener("scroll", () => document.activeElement?.closest?.(".words") || hint.hide(), { passive: true });
  document.addEventListener("click", (event) => event.target.closest("#texts, tr") || hint.hide());
  byId("against").addEventListener("change", () => [readColors, drawScale, drawTexts].forEach((act) => act()));
  byId("class").addEventListener("change", () => ((shownTexts = step), drawTexts()));
  byId("more-texts").addEventListener("click", () => ((shownTexts += step), drawTexts()));
  byId("only").lastElementChild.addEventListener("click", () => ((wanted = -1), drawTexts()));
  byId("query").addEventListener("input", () => ((shownWords = wordStep), drawWords()));
  byId("sort").addEventListener("change", () => ((shownWords = wordStep), (byId("query").value = ""), drawWords()));
  byId("more-words").addEventListener("click", () => ((shownWords += wordStep), drawWords()));
  addEventListener("resize", drawWords);
  dark.addEventListener("change", draw);
}

if (data.gates) {
  const rows = [...Object.values(groupings).flat().map((row) => row.mean), ...words.names.map((_, word) => meansOf(word))];
  most = rows.reduce((high, row) => Math.max(high, row.reduce((sum, value) => sum + (value ?? 0), 0)), 1e-6);
}
if (texts.labels) {
  const all = [...new Set(texts.labels.flat())].sort();
  // A mark before each class keeps one without a name apart from "all".
  fill(byId("class"), [["", "all classes"], ...all.map((label) => [`=${label}`, label])]);
  byId("class").hidden = all.length < 2;
}
fill(byId("sort"), [
  ["count", "most frequent first"],
  ...(many > 1 ? names.map((name, column) => [String(column), `leaning to ${name}`]) : []),
]);
byId("vocabulary").hidden = !words.names.length;
if (many === 1) byId("against").hidden = true;
listen();
draw();
