// The map itself: what is chosen, how it moves, and the address that leads back to a view.

let selected = -1;
let journey = null, drift = null, wheel = null, waiting = false;
const points = makePoints(byId("points"));
const ratioNow = () => Math.min(3, devicePixelRatio || 1);

function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(frame);
}

function frame(now) {
  waiting = false;
  if (journey) {
    journey.began ??= now;
    const t = Math.min(1, (now - journey.began) / journey.time);
    Object.assign(camera, journey.path.at(t * t * (3 - 2 * t)));
    if (t === 1) journey = null;
  }
  if (wheel) {
    const rest = wheel.rest * (lessMotion.matches ? 0 : 0.72);
    camera.zoomAt(wheel.x, wheel.y, Math.exp(wheel.rest - rest));
    wheel = Math.abs(rest) < 0.002 ? null : { ...wheel, rest };
  }
  if (drift) {
    const passed = Math.min(50, now - (drift.last ?? now)), slower = 0.994 ** passed;
    camera.moveBy(drift.x * passed, drift.y * passed);
    drift = Math.hypot(drift.x, drift.y) < 0.02 ? null : { x: drift.x * slower, y: drift.y * slower, last: now };
  }
  draw();
  if (journey || wheel || drift) redraw();
  else remember();
}

function draw() {
  const ratio = ratioNow();
  points.draw(ratio);
  labels.draw(ratio);
}

// Gives each dot its colour: soft where many lie, softer beside a chosen word, none where hidden.
function paint() {
  const shades = new Uint8Array(4 * nWords);
  const near = new Set(selected < 0 ? [] : [selected, ...neighborsOf(selected).map((entry) => entry.word)]);
  const colors = shown.map((_, cluster) => rgb(colorOf(cluster)));
  const usual = nWords > 20000 ? 150 : nWords > 3000 ? 185 : 215;
  for (let word = 0; word < nWords; word++) {
    const [r, g, b] = colors[clusters[word]];
    const marked = near.has(word) || (selected < 0 && highlighted.has(word));
    shades.set([r, g, b, marked ? 255 : !shown[clusters[word]] ? 0 : selected < 0 ? usual : 52], 4 * word);
  }
  points.color(shades);
  redraw();
}

function resize() {
  const ratio = ratioNow(), { clientWidth: width, clientHeight: height } = byId("stage");
  const before = camera.unit;
  camera.resize(width, height);
  for (const canvas of [byId("points"), byId("labels")]) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  if (camera.unit !== before) levels.reset();
  draw();
}

function stop() {
  journey = drift = wheel = null;
}

function fly(to) {
  stop();
  const path = flight({ x: camera.x, y: camera.y, zoom: camera.zoom }, to);
  if (lessMotion.matches || path.length < 1e-3) Object.assign(camera, path.at(1));
  else journey = { path, time: Math.min(1800, Math.max(350, 520 * path.length)) };
  redraw();
}

// The view in which a word stands in the middle with the nearest of its neighbours around it.
function viewOf(word) {
  const x = positions[2 * word], y = positions[2 * word + 1];
  const away = neighborsOf(word)
    .map((near) => Math.hypot(positions[2 * near.word] - x, positions[2 * near.word + 1] - y))
    .sort((a, b) => a - b);
  const reach = away.length ? away[Math.floor(0.4 * away.length)] : 1;
  // Not so near that nothing else is seen.
  const zoom = Math.min(Math.max(4, Math.sqrt(nWords) / 7), Math.max(2.5, 0.45 / Math.max(reach, 1e-6)));
  // On a small screen the card covers the lower part.
  const lift = camera.width <= 720 ? (0.2 * camera.height) / (camera.unit * zoom) : 0;
  return { x, y: y - lift, zoom };
}

function choose(word, go) {
  selected = word;
  panel.show(word);
  panel.hint(-1);
  paint();
  if (word >= 0 && go) {
    const view = viewOf(word);
    // A click on the map need not zoom out again.
    if (go === "near") view.zoom = Math.max(camera.zoom, Math.min(view.zoom, camera.zoom * 2));
    fly(view);
  }
}

const whole = () => fly({ x: 0, y: 0, zoom: 1 });
const middle = (factor) => fly({ x: camera.x, y: camera.y, zoom: Math.min(camera.most, Math.max(0.6, camera.zoom * factor)) });

// The address: #word=fever&zoom=4&at=0.1,-0.2
let writing = 0;
function remember() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const parts = new URLSearchParams();
    if (selected >= 0) parts.set("word", words[selected]);
    parts.set("zoom", +camera.zoom.toFixed(2));
    parts.set("at", `${+camera.x.toFixed(4)},${+camera.y.toFixed(4)}`);
    const home = selected < 0 && camera.zoom === 1 && camera.x === 0 && camera.y === 0;
    try {
      history.replaceState(null, "", home ? location.pathname + location.search : `#${parts}`);
    } catch {
      // Pages inside of others may not change their address.
    }
  }, 300);
}

function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const word = parts.has("word") ? words.indexOf(parts.get("word")) : -1;
  const view = word >= 0 ? viewOf(word) : { x: 0, y: 0, zoom: 1 };
  const zoom = parseFloat(parts.get("zoom")), at = (parts.get("at") ?? "").split(",").map(parseFloat);
  if (zoom > 0) view.zoom = zoom;
  if (at.length === 2 && at.every(Number.isFinite)) [view.x, view.y] = at;
  stop();
  Object.assign(camera, view);
  camera.keep();
  choose(word, false);
}

function listen() {
  const surface = byId("labels"), fingers = new Map();
  let moved = 0, trail = [];
  const place = (event) => ({ x: event.clientX, y: event.clientY });

  surface.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    stop();
    surface.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
    if (fingers.size === 1) [moved, trail] = [0, []];
    panel.hint(-1);
  });
  surface.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId), now = place(event);
    if (!before) {
      if (event.pointerType !== "mouse" || journey) return;
      const word = labels.at(now.x, now.y, 12);
      surface.classList.toggle("over", word >= 0);
      panel.hint(word === selected ? -1 : word, now.x, now.y);
      return;
    }
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (fingers.size === 1) {
      if (moved > 4) {
        surface.classList.add("moving");
        camera.moveBy(now.x - before.x, now.y - before.y);
        trail = [...trail.filter((step) => event.timeStamp - step.time < 90), { ...now, time: event.timeStamp }];
      }
    } else {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const spread = (at) => Math.max(10, Math.hypot(at.x - other.x, at.y - other.y));
      camera.moveBy((now.x - before.x) / 2, (now.y - before.y) / 2);
      camera.zoomAt((now.x + other.x) / 2, (now.y + other.y) / 2, spread(now) / spread(before));
      moved += 10;
    }
    fingers.set(event.pointerId, now);
    redraw();
  });
  const lift = (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size) return;
    surface.classList.remove("moving");
    if (event.type === "pointercancel") return;
    if (moved <= 4) {
      const word = labels.at(event.clientX, event.clientY, event.pointerType === "mouse" ? 12 : 22);
      if (word !== selected) choose(word, word >= 0 && "near");
      return;
    }
    const [first] = trail, time = event.timeStamp - (first?.time ?? 0);
    if (first && time > 10 && !lessMotion.matches) {
      drift = { x: (event.clientX - first.x) / time, y: (event.clientY - first.y) / time };
    }
    redraw();
  };
  surface.addEventListener("pointerup", lift);
  surface.addEventListener("pointercancel", lift);
  surface.addEventListener("pointerleave", () => panel.hint(-1));
  surface.addEventListener("dblclick", (event) => {
    wheel = { x: event.clientX, y: event.clientY, rest: Math.LN2 };
    redraw();
  });
  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      panel.hint(-1);
      journey = drift = null;
      // Lines and pages in pixels; a pinch on a touchpad arrives with the control key, in small steps.
      const step = event.deltaY * [1, 30, 400][event.deltaMode] * (event.ctrlKey ? 0.01 : 0.0022);
      const rest = Math.min(1.6, Math.max(-1.6, (wheel?.rest ?? 0) - step));
      wheel = { x: event.clientX, y: event.clientY, rest };
      redraw();
    },
    { passive: false }
  );

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && event.target !== search.query) {
      event.preventDefault();
      search.query.select();
      search.query.focus();
    } else if (event.key === "Escape" && event.target !== search.query) choose(-1);
  });
  surface.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = 0.14 * Math.min(camera.width, camera.height);
    const move = (dx, dy) => () => {
      stop();
      camera.moveBy(dx, dy);
      redraw();
    };
    const act = {
      ArrowLeft: move(far, 0), ArrowRight: move(-far, 0), ArrowUp: move(0, far), ArrowDown: move(0, -far),
      "+": () => middle(1.6), "=": () => middle(1.6), "-": () => middle(1 / 1.6), 0: whole, Home: whole,
      Enter: () => choose(labels.at(camera.middleX, camera.middleY, 200), "near"),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  byId("closer").addEventListener("click", () => middle(1.9));
  byId("farther").addEventListener("click", () => middle(1 / 1.9));
  byId("whole").addEventListener("click", whole);
  byId("close").addEventListener("click", () => {
    choose(-1);
    surface.focus({ preventScroll: true });
  });
  addEventListener("resize", resize);
  addEventListener("hashchange", recall);
  dark.addEventListener("change", () => {
    legend.color();
    panel.show(selected);
    paint();
  });
}

legend.start();
search.start();
levels.reset();
listen();
camera.resize(byId("stage").clientWidth, byId("stage").clientHeight);
recall();
resize();
