// What the map shows, as Python has put it into the page.

const KINDS = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, uint32: Uint32Array };

function decoded({ type, data }) {
  const text = atob(data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new KINDS[type](bytes.buffer);
}

const data = JSON.parse(document.getElementById("data").textContent);
const words = data.words;
const nWords = words.length;
const positions = decoded(data.positions);
const neighborIds = decoded(data.neighbors);
const similarities = decoded(data.similarities);
const clusters = decoded(data.clusters);
const nNeighbors = data.n_neighbors;
const folded = words.map((word) => word.toLowerCase());
const highlighted = new Set(data.highlighted);
const central = new Set(data.cluster_words.flat().map((word) => words.indexOf(word)));

const dark = matchMedia("(prefers-color-scheme: dark)");
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");
const byId = (id) => document.getElementById(id);
const numberText = (value) => value.toLocaleString("en-US");

function neighborsOf(word) {
  const found = [];
  for (let i = word * nNeighbors; i < (word + 1) * nNeighbors; i++) {
    found.push({ word: neighborIds[i], similarity: similarities[i] / 100 });
  }
  return found;
}

function colorOf(cluster) {
  const colors = dark.matches ? data.colors.dark : data.colors.light;
  return colors[cluster % colors.length];
}

function rgb(hex) {
  return [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));
}
