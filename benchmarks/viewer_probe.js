// What do the visible canvases of a viewer show? Injected by benchmarks/viewer.py before any page's own script; the
// same for the product and for the prototype. Every slice carries its number as a row of 8 squares in the image.
(() => {
  const small = document.createElement("canvas");
  Object.assign(small, { width: 128, height: 16 });
  const context = small.getContext("2d", { willReadFrequently: true });
  const canvases = () => [
    ...document.querySelectorAll("[data-pane] canvas.image, .vp canvas.pix"),
  ];

  /** The number of the slice, -1 where none is seen; the image is 512 pixels square and fits its canvas. */
  function sliceOn(canvas) {
    if (!canvas.width) return -1;
    const scale = Math.min(canvas.width, canvas.height) / 512;
    const left = (canvas.width - 512 * scale) / 2 + 192 * scale;
    const top = (canvas.height - 512 * scale) / 2 + 464 * scale;
    context.drawImage(canvas, left, top, 128 * scale, 16 * scale, 0, 0, 128, 16);
    const { data } = context.getImageData(0, 8, 128, 1);
    const bits = Array.from({ length: 8 }, (_, k) => Number(data[(16 * k + 8) * 4] > 128));
    if (!bits[0] || bits[7]) return -1;
    return bits.slice(1, 6).reduce((number, bit) => 2 * number + bit, 0);
  }

  const shown = () => {
    const numbers = canvases().map(sliceOn);
    return numbers.length === 2 && numbers[0] === numbers[1] ? numbers[0] : -1;
  };

  /** @returns {Promise<number>} when a frame first finds this true */
  const when = (isTrue, withinMs = 30000) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const look = () => {
        if (isTrue()) return resolve(performance.now());
        if (performance.now() - began > withinMs) return reject(new Error("never"));
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });

  const eventTime = (type) =>
    new Promise((resolve) => {
      addEventListener(type, (event) => resolve(event.timeStamp), { capture: true, once: true, passive: true });
    });

  const loaded = () => document.querySelector("[data-part=loaded]")?.hidden;
  const position = () => document.querySelector("[data-part=position]")?.textContent ?? "";
  const painted = () => document.querySelectorAll("[data-painted]").length === 2;

  const probe = { marks: {}, shown, sizes: () => canvases().map(({ width, height }) => [width, height]) };
  /** Milliseconds from the next wheel event to both canvases showing this slice. */
  probe.step = async (wanted) => {
    const began = eventTime("wheel");
    const seen = when(() => shown() === wanted);
    return (await seen) - (await began);
  };
  /** Milliseconds from the next key to both images of another pair. */
  probe.next = async () => {
    const before = position();
    const began = eventTime("keydown");
    const seen = when(() => position() !== before && painted() && shown() >= 0);
    return (await seen) - (await began);
  };
  globalThis.benchProbe = probe;
  const mark = (name) => (at) => (probe.marks[name] = at);
  document.addEventListener("DOMContentLoaded", () => {
    when(() => shown() >= 0).then(mark("first"), () => {});
    when(() => shown() >= 0 && loaded()).then(mark("all"), () => {});
  });
})();
