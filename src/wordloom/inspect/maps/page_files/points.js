// The dots: by WebGL, the most frequent on top; or on a plain canvas where there is no WebGL.

const VERTEX = `
attribute highp vec2 place; attribute lowp vec4 color; attribute mediump float size;
uniform highp vec2 eye; uniform highp vec2 scale; uniform highp vec2 shift; uniform mediump float radius;
varying lowp vec4 ink; varying mediump float across;
void main() {
  gl_Position = vec4((place - eye) * scale + shift, 0.0, 1.0);
  across = 2.0 * radius * size + 1.0;
  gl_PointSize = across;
  ink = color;
}`;
const FRAGMENT = `
precision mediump float;
varying lowp vec4 ink; varying mediump float across;
void main() {
  float inside = clamp((0.5 - distance(gl_PointCoord, vec2(0.5))) * across, 0.0, 1.0);
  gl_FragColor = vec4(ink.rgb, 1.0) * ink.a * inside;
}`;

const sizeOf = (word) => 1.55 - 0.75 * Math.sqrt(word / Math.max(1, nWords - 1));
const usualRadius = nWords > 20000 ? 1.15 : nWords > 4000 ? 1.5 : 2.2;
// Dots are smaller on small screens, and grow more slowly than the map.
const dotRadius = () => Math.min(5.5, usualRadius * Math.min(1, camera.unit / 380) ** 0.6 * camera.zoom ** 0.33);

class ShaderPoints {
  constructor(canvas, gl) {
    this.canvas = canvas;
    this.gl = gl;
    this.prepare();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.prepare();
      this.color(this.shades);
      redraw();
    });
  }
  prepare() {
    const gl = this.gl;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const places = new Float32Array(positions.length), sizes = new Float32Array(nWords);
    for (let word = 0, row = nWords - 1; word < nWords; word++, row--) {
      places[2 * row] = positions[2 * word];
      places[2 * row + 1] = positions[2 * word + 1];
      sizes[row] = sizeOf(word);
    }
    const attribute = (name, count, type, normalized, content) => {
      const buffer = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      if (content) gl.bufferData(gl.ARRAY_BUFFER, content, gl.STATIC_DRAW);
      const place = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, count, type, normalized, 0, 0);
      return buffer;
    };
    attribute("place", 2, gl.FLOAT, false, places);
    attribute("size", 1, gl.FLOAT, false, sizes);
    this.colors = attribute("color", 4, gl.UNSIGNED_BYTE, true, new Uint8Array(4 * nWords));
    this.uniform = (name) => gl.getUniformLocation(program, name);
  }
  // Takes 4 bytes for each word: red, green, blue, opacity.
  color(shades) {
    this.shades = shades;
    const reversed = new Uint32Array(shades.buffer).slice().reverse();
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.colors);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, new Uint8Array(reversed.buffer), this.gl.DYNAMIC_DRAW);
  }
  draw(ratio) {
    const gl = this.gl, { width, height, scale } = camera;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(this.uniform("eye"), camera.x, camera.y);
    gl.uniform2f(this.uniform("scale"), (2 * scale) / width, (2 * scale) / height);
    gl.uniform2f(this.uniform("shift"), (2 * camera.middleX) / width - 1, 1 - (2 * camera.middleY) / height);
    gl.uniform1f(this.uniform("radius"), dotRadius() * ratio);
    gl.drawArrays(gl.POINTS, 0, nWords);
  }
}

class PlainPoints {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }
  color(shades) {
    this.styles = [];
    this.style = new Uint16Array(nWords);
    const seen = new Map();
    const packed = new Uint32Array(shades.buffer);
    for (let word = 0; word < nWords; word++) {
      if (!seen.has(packed[word])) {
        seen.set(packed[word], seen.size);
        const [r, g, b, a] = shades.subarray(4 * word, 4 * word + 4);
        this.styles.push(a ? `rgba(${r},${g},${b},${a / 255})` : null);
      }
      this.style[word] = seen.get(packed[word]);
    }
    // Changing the colour takes longer than drawing a dot: one colour after the other.
    this.order = Uint32Array.from(words.keys()).sort((a, b) => this.style[a] - this.style[b] || b - a);
  }
  draw(ratio) {
    const context = this.context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    const radius = dotRadius(), round = radius > 2;
    let current = -1;
    for (const word of this.order) {
      const x = camera.screenX(positions[2 * word]), y = camera.screenY(positions[2 * word + 1]);
      if (x < -9 || y < -9 || x > camera.width + 9 || y > camera.height + 9) continue;
      const style = this.style[word];
      if (!this.styles[style]) continue;
      if (style !== current) context.fillStyle = this.styles[(current = style)];
      const size = radius * sizeOf(word);
      if (round) {
        context.beginPath();
        context.arc(x, y, size, 0, 7);
        context.fill();
      } else context.fillRect(x - size, y - size, 2 * size, 2 * size);
    }
  }
}

function makePoints(canvas) {
  const gl = canvas.getContext("webgl", { alpha: true, antialias: false, premultipliedAlpha: true });
  return gl ? new ShaderPoints(canvas, gl) : new PlainPoints(canvas);
}
