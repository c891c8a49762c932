// All that is shown is in the page already: the script sorts, points out and copies.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function element(tag, name, ...content) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...content);
  return made;
}

function button(name, text, act) {
  const made = element("button", name, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// Commands can be copied.

for (const box of all(".command")) {
  if (!navigator.clipboard) break;
  const copy = button("copy", "Copy", async () => {
    try {
      await navigator.clipboard.writeText(box.querySelector("code").textContent);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Select it by hand";
    }
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  });
  box.append(copy);
}

// The leaderboard can be sorted by each column. Rows without a figure stay last.

const board = document.querySelector(".board");
const SHORT = 15;

function sortedBy(rows, name, down) {
  const figure = (row) => row.querySelector(`.${name}`)?.dataset.sort ?? "";
  return rows.toSorted((a, b) => {
    const [x, y] = [figure(a), figure(b)];
    if (x === "" || y === "") return (x === "") - (y === "");
    const order = name === "name" ? x.localeCompare(y) : x - y;
    return down ? -order : order;
  });
}

if (board) {
  const body = board.tBodies[0];
  const first = [...body.rows];
  const heads = all("th[data-by]", board);
  // What is better stands first: high scores and speeds, small times and sizes.
  const falls = new Set(["score", "accuracy", "difference", "speed"]);
  const failed = first.filter((row) => row.classList.contains("failed"));
  const sound = first.filter((row) => !row.classList.contains("failed"));
  for (const head of heads) {
    const name = head.dataset.by, label = head.querySelector(".by");
    label.replaceChildren(button("", label.textContent, () => {
      const natural = falls.has(name) ? "descending" : "ascending";
      const other = natural === "ascending" ? "descending" : "ascending";
      const next = head.getAttribute("aria-sort") === natural ? other : natural;
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", next);
      body.append(...sortedBy(sound, name, next === "descending"), ...failed);
    }));
  }
  heads.find((head) => head.dataset.by === "score")?.setAttribute("aria-sort", "descending");
  if (first.length > SHORT + 3) {
    board.classList.add("short");
    const more = button("show-all", `Show all ${first.length} rows`, () => {
      const short = board.classList.toggle("short");
      more.textContent = short ? `Show all ${first.length} rows` : `Show the first ${SHORT} rows`;
      more.setAttribute("aria-expanded", String(!short));
    });
    more.setAttribute("aria-expanded", "false");
    board.parentElement.after(more);
  }
}

// Of the learning curves one is pointed out: that under the pointer, or the one whose name is chosen.

const chart = document.querySelector(".chart");
if (chart) {
  const hint = chart.querySelector(".hint");
  const curves = all(".curve", chart), names = all(".chart .name"), lines = all(".lines li");
  const usual = curves.find((curve) => curve.classList.contains("on"))?.dataset.row;
  const table = new Map(all("#curves .figures tbody tr").map((row) => [row.dataset.row, row]));
  const counts = all("#curves .figures thead th").slice(1).map((head) => head.textContent);
  let pinned = null;

  const point = (id, looking) => {
    chart.classList.toggle("looking", looking);
    for (const each of [...curves, ...names, ...lines]) each.classList.toggle("on", each.dataset.row === id);
    for (const line of lines) line.firstElementChild.setAttribute("aria-pressed", String(line.dataset.row === pinned));
  };
  const rest = () => {
    hint.hidden = true;
    point(pinned ?? usual, pinned !== null);
  };
  // The figures of a row: those of the table below the picture.
  const show = (id, x, y, here) => {
    const row = table.get(id);
    if (!row) return;
    const grid = element("span");
    [...row.cells].slice(1).forEach((cell, place) => {
      if (!cell.title) return;
      const kind = place === here ? "here" : "";
      grid.append(element("em", kind, counts[place]), element("span", kind, cell.textContent), element("em", "", cell.title));
    });
    hint.replaceChildren(element("b", "", row.cells[0].textContent), grid);
    hint.hidden = false;
    // Where there is no room beside the pointer, the figures stand above or below it.
    const right = x + 16, left = x - 16 - hint.offsetWidth, lowest = chart.clientHeight - hint.offsetHeight;
    const beside = right + hint.offsetWidth <= chart.clientWidth ? right : left;
    const middle = Math.max(0, Math.min(y - hint.offsetHeight / 2, lowest));
    hint.style.left = `${Math.max(0, beside)}px`;
    hint.style.top = `${beside >= 0 ? middle : y > chart.clientHeight / 2 ? 0 : lowest}px`;
  };
  for (const line of lines) {
    const id = line.dataset.row;
    const chosen = button("", line.textContent, () => {
      pinned = pinned === id ? null : id;
      point(pinned ?? usual, pinned !== null);
    });
    line.replaceChildren(chosen);
    for (const begin of ["pointerenter", "focus"]) chosen.addEventListener(begin, () => point(id, true));
    for (const end of ["pointerleave", "blur"]) chosen.addEventListener(end, rest);
  }
  for (const svg of all("svg", chart)) {
    const own = all(".curve", svg).map((curve) => ({
      id: curve.dataset.row,
      points: all("circle", curve).map((dot) => [dot.cx.baseVal.value, dot.cy.baseVal.value]),
    }));
    // The distance to the nearest piece of a line.
    const distance = ({ points }, x, y) => {
      let least = Infinity;
      points.forEach(([ax, ay], place) => {
        const [bx, by] = points[place + 1] ?? [ax, ay];
        const length = (bx - ax) ** 2 + (by - ay) ** 2;
        const part = length ? Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
        least = Math.min(least, Math.hypot(x - ax - part * (bx - ax), y - ay - part * (by - ay)));
      });
      return least;
    };
    svg.addEventListener("pointermove", (event) => {
      const place = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / place.width;
      const x = (event.clientX - place.left) * scale, y = (event.clientY - place.top) * scale;
      const name = event.target.closest?.(".name");
      const near = own.map((curve) => ({ curve, away: distance(curve, x, y) })).sort((a, b) => a.away - b.away)[0];
      const found = name ? own.find((curve) => curve.id === name.dataset.row) : near?.away < 40 ? near.curve : null;
      if (!found) return rest();
      point(found.id, true);
      const nearest = found.points.map(([cx]) => Math.abs(cx - x));
      const at = nearest.indexOf(Math.min(...nearest));
      const known = [...(table.get(found.id)?.cells ?? [])].slice(1).flatMap((cell, column) => (cell.title ? [column] : []));
      const outer = chart.getBoundingClientRect();
      show(found.id, event.clientX - outer.left, event.clientY - outer.top, known[at]);
    });
    svg.addEventListener("pointerleave", rest);
  }
}
