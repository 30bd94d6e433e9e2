/** Runs through the stack by itself until something else is done. */

export class Cine {
  perSecond = 8;
  timer = 0;

  /** @param {() => void} step @param {() => void} changed */
  constructor(step, changed) {
    this.step = step;
    this.changed = changed;
  }

  get playing() {
    return this.timer !== 0;
  }

  toggle() {
    if (this.playing) return this.stop();
    this.timer = setInterval(this.step, 1000 / this.perSecond);
    this.changed();
  }

  stop() {
    if (!this.playing) return;
    clearInterval(this.timer);
    this.timer = 0;
    this.changed();
  }

  /** @param {number} perSecond */
  setRate(perSecond) {
    this.perSecond = perSecond;
    if (!this.playing) return;
    this.stop();
    this.toggle();
  }
}
