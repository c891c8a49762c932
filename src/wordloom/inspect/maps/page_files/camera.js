// Which part of the map is seen. The map lies within -1 … 1 both ways; zoom 1 shows all of it.

const camera = {
  x: 0, y: 0, zoom: 1,
  width: 1, height: 1,
  // The middle of the free part of the screen, and half of its shorter side.
  middleX: 0, middleY: 0, unit: 1,
  most: Math.max(16, 2 ** Math.ceil(Math.log2(2 * Math.sqrt(nWords)))),

  resize(width, height) {
    const wide = width > 720;
    const left = wide ? 324 : 0, right = wide && width > 1000 ? 236 : 0, top = wide ? 0 : 124;
    Object.assign(this, { width, height });
    this.middleX = (left + width - right) / 2;
    this.middleY = (top + height) / 2;
    this.unit = Math.max(60, 0.47 * Math.min(width - left - right, height - top));
  },
  get scale() { return this.unit * this.zoom; },
  screenX(x) { return this.middleX + (x - this.x) * this.scale; },
  screenY(y) { return this.middleY - (y - this.y) * this.scale; },
  mapX(x) { return this.x + (x - this.middleX) / this.scale; },
  mapY(y) { return this.y - (y - this.middleY) / this.scale; },

  keep() {
    this.zoom = Math.min(this.most, Math.max(0.6, this.zoom));
    this.x = Math.min(1.2, Math.max(-1.2, this.x));
    this.y = Math.min(1.2, Math.max(-1.2, this.y));
  },
  // Zooms while what lies at a place of the screen stays there.
  zoomAt(x, y, factor) {
    const mapX = this.mapX(x), mapY = this.mapY(y);
    this.zoom = Math.min(this.most, Math.max(0.6, this.zoom * factor));
    this.x = mapX - (x - this.middleX) / this.scale;
    this.y = mapY + (y - this.middleY) / this.scale;
    this.keep();
  },
  moveBy(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.keep();
  },
};

// A flight that looks even to the eye: out, across and in again along the path of
// van Wijk and Nuij (2003), "Smooth and efficient zooming and panning", equation 9.
function flight(from, to) {
  const RHO = 1.3;
  const w0 = 1 / from.zoom, w1 = 1 / to.zoom;
  const dx = to.x - from.x, dy = to.y - from.y, u1 = Math.hypot(dx, dy);
  if (u1 < 1e-6) {
    const length = Math.abs(Math.log(w1 / w0)) / RHO;
    return { length, at: (t) => ({ x: to.x, y: to.y, zoom: 1 / (w0 * (w1 / w0) ** t) }) };
  }
  const b = (w, sign) => (w1 * w1 - w0 * w0 + sign * RHO ** 4 * u1 * u1) / (2 * w * RHO ** 2 * u1);
  const r0 = Math.asinh(-b(w0, 1)), r1 = Math.asinh(-b(w1, -1)), length = (r1 - r0) / RHO;
  return {
    length,
    at(t) {
      const s = t * length;
      const w = (w0 * Math.cosh(r0)) / Math.cosh(RHO * s + r0);
      const u = (w0 / RHO ** 2) * (Math.cosh(r0) * Math.tanh(RHO * s + r0) - Math.sinh(r0));
      const share = t >= 1 ? 1 : u / u1;
      return { x: from.x + dx * share, y: from.y + dy * share, zoom: 1 / w };
    },
  };
}
