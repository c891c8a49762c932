// The search field: suggestions as one types, in the order beginning first, then frequency.

const search = {
  query: byId("query"),
  list: byId("found"),
  found: [],
  active: -1,

  start() {
    this.query.addEventListener("input", () => this.suggest());
    this.query.addEventListener("focus", () => {
      panel.hint(-1);
      if (this.query.value) this.suggest();
    });
    this.query.addEventListener("blur", () => this.close());
    this.query.addEventListener("keydown", (event) => this.key(event));
    // Before the field loses the focus, which would close the list.
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const item = event.target.closest("[role=option]");
      if (item) this.take(this.found[[...this.list.children].indexOf(item)]);
    });
  },

  matches(text, most) {
    const wanted = text.trim().toLowerCase(), exact = [], begin = [], inside = [];
    if (!wanted) return [];
    for (let word = 0; word < nWords; word++) {
      const place = folded[word].indexOf(wanted);
      if (place < 0) continue;
      if (place > 0) inside.length < most && inside.push(word);
      else if (folded[word].length === wanted.length) exact.push(word);
      else if (begin.length < most) begin.push(word);
    }
    // A word spelled as typed comes before one that differs in case.
    exact.sort((a, b) => (words[b] === text.trim()) - (words[a] === text.trim()) || a - b);
    return [...exact, ...begin, ...inside].slice(0, most);
  },

  suggest() {
    this.found = this.matches(this.query.value, 8);
    this.active = this.found.length ? 0 : -1;
    const items = this.found.map((word, place) => {
      const item = element("li");
      item.id = `found-${place}`;
      item.setAttribute("role", "option");
      item.append(element("span", "", words[word]), element("span", "soft", data.counts ? numberText(data.counts[word]) : ""));
      return item;
    });
    if (!items.length && this.query.value.trim()) items.push(element("li", "soft", "No such word on this map."));
    this.list.replaceChildren(...items);
    this.list.hidden = !items.length;
    this.query.setAttribute("aria-expanded", !this.list.hidden);
    this.mark();
  },

  mark() {
    [...this.list.children].forEach((item, place) => item.setAttribute("aria-selected", place === this.active));
    if (this.active < 0) this.query.removeAttribute("aria-activedescendant");
    else this.query.setAttribute("aria-activedescendant", `found-${this.active}`);
  },

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.list.hidden) this.suggest();
    else if (step && this.found.length) {
      this.active = (this.active + step + this.found.length) % this.found.length;
      this.mark();
    } else if (event.key === "Enter" && this.active >= 0) this.take(this.found[this.active]);
    else if (event.key === "Escape") {
      if (this.list.hidden) byId("labels").focus();
      this.query.value = "";
      this.close();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  },

  take(word) {
    if (word === undefined) return;
    this.query.value = words[word];
    this.close();
    this.query.blur();
    byId("labels").focus({ preventScroll: true });
    choose(word, true);
  },

  close() {
    this.list.hidden = true;
    this.found = [];
    this.active = -1;
    this.query.setAttribute("aria-expanded", false);
    this.query.removeAttribute("aria-activedescendant");
  },
};
