/** Undo and redo: every state is a value that is never changed. */
export class History {
  /** @param {object} state */
  constructor(state) {
    this.past = [];
    this.future = [];
    this.state = state;
  }

  /** @param {object} state @param {string} [key] steps of one movement share a key and are undone together */
  push(state, key = "") {
    if (JSON.stringify(state) === JSON.stringify(this.state)) return;
    if (!key || key !== this.key) this.past.push(this.state);
    this.key = key;
    this.future = [];
    this.state = state;
  }

  undo() {
    if (this.past.length) this.future.push(this.state), (this.state = this.past.pop());
    this.key = "";
  }

  redo() {
    if (this.future.length) this.past.push(this.state), (this.state = this.future.pop());
    this.key = "";
  }
}
