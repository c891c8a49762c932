// What is told about words beside the map: the card of the chosen word, the hint, the legend.
// Words reach the page as text, never as markup.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const groupName = (cluster) => data.cluster_words[cluster].join(", ");

function frequency(word) {
  const rank = `no. ${numberText(word + 1)} of ${numberText(nWords)}`;
  return data.counts ? `${numberText(data.counts[word])} times · ${rank}` : rank;
}

const panel = {
  show(word) {
    document.body.classList.toggle("chosen", word >= 0);
    byId("word").hidden = word < 0;
    if (word < 0) return;
    byId("word").style.setProperty("--swatch", colorOf(clusters[word]));
    byId("word").scrollTop = 0;
    byId("word-name").textContent = words[word];
    byId("word-facts").textContent = frequency(word);
    const group = byId("word-group");
    group.hidden = data.cluster_words.length === 0;
    if (!group.hidden) group.replaceChildren(element("i", "dot"), element("span", "", groupName(clusters[word])));
    const near = neighborsOf(word);
    byId("near").replaceChildren(
      ...near.map((entry) => {
        const button = element("button"), bar = element("span", "bar"), fill = element("i");
        button.type = "button";
        fill.style.width = `${100 * Math.max(0, entry.similarity)}%`;
        bar.append(fill);
        button.style.setProperty("--swatch", colorOf(clusters[entry.word]));
        button.append(element("span", "", words[entry.word]), bar, element("span", "number", entry.similarity.toFixed(2)));
        button.addEventListener("click", () => choose(entry.word, true));
        const item = element("li");
        item.append(button);
        return item;
      })
    );
    const nearest = near.slice(0, 5).map((entry) => words[entry.word]).join(", ");
    byId("spoken").textContent = `${words[word]}, ${frequency(word)}. Nearest: ${nearest}.`;
  },

  hint(word, x, y) {
    const hint = byId("hint");
    hint.hidden = word < 0;
    if (word < 0) return;
    const [name, facts, near] = hint.children;
    name.textContent = words[word];
    facts.textContent = data.counts ? numberText(data.counts[word]) : "";
    near.textContent = neighborsOf(word).slice(0, 5).map((entry) => words[entry.word]).join(" · ");
    const left = x + 16 + hint.offsetWidth > camera.width ? x - 12 - hint.offsetWidth : x + 16;
    const top = y + 18 + hint.offsetHeight > camera.height ? y - 12 - hint.offsetHeight : y + 18;
    hint.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  },
};

const shown = data.cluster_words.length ? data.cluster_words.map(() => true) : [true];

const legend = {
  start() {
    if (data.cluster_words.length < 2) {
      byId("legend").hidden = true;
      return;
    }
    if (innerWidth <= 720) byId("legend").open = false;
    const sizes = new Array(shown.length).fill(0);
    for (const cluster of clusters) sizes[cluster]++;
    byId("groups").replaceChildren(
      ...shown.map((_, cluster) => {
        const button = element("button");
        button.type = "button";
        button.title = `${groupName(cluster)}: ${numberText(sizes[cluster])} words`;
        button.append(element("i", "dot"), element("span", "", groupName(cluster)));
        button.addEventListener("click", () => {
          shown[cluster] = !shown[cluster];
          this.changed();
        });
        const item = element("li");
        item.append(button);
        return item;
      })
    );
    byId("every").addEventListener("click", () => {
      shown.fill(!shown.includes(true) || shown.includes(false));
      this.changed();
    });
    this.color();
  },
  color() {
    [...byId("groups").children].forEach((item, cluster) => {
      item.style.setProperty("--swatch", colorOf(cluster));
      item.firstChild.setAttribute("aria-pressed", shown[cluster]);
    });
    byId("every").textContent = shown.includes(false) ? "Show all" : "Hide all";
  },
  changed() {
    this.color();
    levels.reset();
    paint();
  },
};
