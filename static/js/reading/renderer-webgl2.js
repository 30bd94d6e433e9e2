/**
 * Paints a slice by WebGL2. Stored values go to the GPU unchanged (R16UI); the shader interpolates them
 * bilinearly and applies the window afterwards, in 32-bit floats.
 *
 * @typedef {import("./geometry.js").PixelPlacement} PixelPlacement
 * @typedef {{placement: PixelPlacement | null, smooth: boolean, slope: number, intercept: number}} Look
 * @typedef {{rows: number, columns: number, slices: number}} Shape
 */

const VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(corner * 2.0 - 1.0, 0, 1);
}`;

// Integer textures can't be filtered by the hardware: four fetches and two mixes instead.
const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2DArray;
uniform usampler2DArray stack;
uniform int layer;
uniform ivec2 size;
uniform vec2 offset;
uniform vec2 scale;
uniform float canvasHeight;
uniform vec2 grey;
uniform bool smoothly;
out vec4 colour;
float stored(ivec2 at) {
  return float(texelFetch(stack, ivec3(clamp(at, ivec2(0), size - 1), layer), 0).r);
}
void main() {
  vec2 at = (vec2(gl_FragCoord.x, canvasHeight - gl_FragCoord.y) - offset) / scale;
  colour = vec4(0, 0, 0, 1);
  if (layer < 0 || any(lessThan(at, vec2(0))) || any(greaterThanEqual(at, vec2(size)))) return;
  vec2 low = smoothly ? floor(at - 0.5) : floor(at);
  vec2 part = smoothly ? at - 0.5 - low : vec2(0);
  ivec2 i = ivec2(low);
  float top = mix(stored(i), stored(i + ivec2(1, 0)), part.x);
  float bottom = mix(stored(i + ivec2(0, 1)), stored(i + ivec2(1, 1)), part.x);
  colour.rgb = vec3(clamp(mix(top, bottom, part.y) * grey.x + grey.y, 0.0, 1.0));
}`;

const UNIFORMS = ["layer", "size", "offset", "scale", "canvasHeight", "grey", "smoothly"];
const MOST_LAYERS = 64;
// Without a GPU the 2D renderer is several times cheaper; failIfMajorPerformanceCaveat does not refuse these.
const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render|software/i;

/** WebGL2 is missing, or is a program on the CPU. */
export class NoGraphics extends Error {}

export class WebGL2Renderer {
  name = "webgl2";

  /** @param {HTMLCanvasElement} canvas @param {{allowSoftware: boolean, restored: () => void}} options */
  constructor(canvas, { allowSoftware, restored }) {
    this.canvas = canvas;
    // A preserved buffer costs nothing measurable and keeps the picture when the page is captured or printed.
    const attributes = { alpha: false, antialias: false, depth: false, preserveDrawingBuffer: true };
    this.gl = canvas.getContext("webgl2", { ...attributes, powerPreference: "high-performance" });
    if (!this.gl) throw new NoGraphics("There is no WebGL2.");
    if (!allowSoftware && SOFTWARE.test(this.#deviceName())) throw new NoGraphics("WebGL2 runs on the CPU.");
    this.#build();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => this.#restore(restored));
  }

  #deviceName() {
    const names = this.gl.getExtension("WEBGL_debug_renderer_info");
    return String(this.gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : this.gl.RENDERER));
  }

  #build() {
    const { gl } = this;
    const program = gl.createProgram();
    gl.attachShader(program, this.#compile(gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, this.#compile(gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new NoGraphics(gl.getProgramInfoLog(program));
    gl.useProgram(program);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2); // rows of uint16 with an odd number of columns
    this.uniforms = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
  }

  #compile(kind, source) {
    const shader = this.gl.createShader(kind);
    this.gl.shaderSource(shader, source);
    this.gl.compileShader(shader);
    return shader;
  }

  #restore(restored) {
    this.#build();
    if (this.shape) this.begin(this.shape);
    restored();
  }

  /** Make room for another stack. @param {Shape} shape */
  begin(shape) {
    const { gl } = this;
    this.shape = shape;
    this.layers = new Map(); // slice -> layer, least recently used first
    this.capacity = Math.min(shape.slices, MOST_LAYERS, gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS));
    gl.deleteTexture(this.texture ?? null);
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.texture);
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.R16UI, shape.columns, shape.rows, this.capacity);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  /** @param {number} z @param {import("./codec.js").Slice | undefined} slice black without @param {Look} look */
  draw(z, slice, { placement, smooth, slope, intercept }) {
    const { gl, uniforms, canvas } = this;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.uniform1i(uniforms.layer, slice ? this.#layerOf(z, slice.pixels) : -1);
    if (slice) {
      gl.uniform2i(uniforms.size, slice.grid.columns, slice.grid.rows);
      gl.uniform2f(uniforms.offset, placement.offsetX, placement.offsetY);
      gl.uniform2f(uniforms.scale, placement.scaleX, placement.scaleY);
    }
    gl.uniform1f(uniforms.canvasHeight, canvas.height);
    gl.uniform2f(uniforms.grey, slope, intercept);
    gl.uniform1i(uniforms.smoothly, smooth);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  #layerOf(slice, pixels) {
    const known = this.layers.get(slice);
    this.layers.delete(slice);
    const layer = known ?? this.#freeLayer();
    this.layers.set(slice, layer);
    if (known === undefined) this.#upload(layer, pixels);
    return layer;
  }

  #freeLayer() {
    if (this.layers.size < this.capacity) return this.layers.size;
    const [oldest, layer] = this.layers.entries().next().value;
    this.layers.delete(oldest);
    return layer;
  }

  #upload(layer, pixels) {
    const { gl } = this;
    const { columns, rows } = this.shape;
    const where = [gl.TEXTURE_2D_ARRAY, 0, 0, 0, layer, columns, rows, 1];
    gl.texSubImage3D(...where, gl.RED_INTEGER, gl.UNSIGNED_SHORT, pixels);
  }

  /** Give the graphics memory back. */
  dispose() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
