import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { CannotSave, Conflict, NeedsSignIn, NotYours, Refused, Unavailable } from "../../static/js/reading/api.js";
import { Autosave } from "../../static/js/reading/autosave.js";
import { ChangeStore } from "../../static/js/reading/queuestore.js";
import { ServerClock } from "../../static/js/reading/serverclock.js";

/** A server of one reading with versions and idempotency keys; `fail` is thrown before or after it stores. */
class FakeServer {
  version = 0;
  answers = {};
  saves = [];
  known = new Map();
  posts = 0;
  failBefore = [];
  failAfter = [];

  post = async (url, body) => {
    this.posts += 1;
    const before = this.failBefore.shift();
    if (before) throw before;
    const answer = this.known.get(body.key) ?? this.#store(body);
    const after = this.failAfter.shift();
    if (after) throw after;
    return answer;
  };

  #store(body) {
    if (body.base_version !== this.version) throw new Conflict(this.state);
    this.version += 1;
    Object.assign(this.answers, body.answers);
    this.saves.push(body.answers);
    const answer = { version: this.version, saved_at: `time ${this.version}`, ...this.extra };
    this.known.set(body.key, answer);
    return answer;
  }

  get state() {
    return { version: this.version, answers: { ...this.answers }, finished: false, saved_at: null };
  }
}

describe("Autosave", () => {
  let server, store, autosave, statuses, conflicts, refusals, superseded, reasons, keys;
  const change = (item, value) => ({
    kind: "scores",
    reading: "r1",
    label: "Pair 1 of 2",
    url: "/scores",
    answers: { [item]: value },
    activeSeconds: 1,
  });
  const settle = async (submitted) => (await submitted).attempted;

  function makeAutosave() {
    return new Autosave({
      store,
      post: server.post,
      newKey: () => `key-${++keys}`,
      onStatus: (status) => statuses.push(status),
      onConflict: (reading, state) => conflicts.push(state),
      onRefused: (record, error) => refusals.push(error),
      onSuperseded: (record) => superseded.push(record.answers),
      askReason: async () => reasons.shift(),
      clock: new ServerClock(() => 1000),
    });
  }

  beforeEach((test) => {
    server = new FakeServer();
    store = new ChangeStore(null, "one");
    [statuses, conflicts, refusals, superseded, reasons, keys] = [[], [], [], [], [], 0];
    autosave = makeAutosave();
    autosave.reading = "r1";
    autosave.parts.post = (...what) => server.post(...what);
  });

  it("sends a change and shows when it was saved", async () => {
    const { confirmed, attempted } = await autosave.submit(change("a", 3));
    await attempted;

    assert.deepEqual(await confirmed, { version: 1, saved_at: "time 1" });
    assert.deepEqual(statuses.at(-1), { kind: "saved", waiting: 0, savedAt: "time 1" });
    assert.deepEqual(await store.all(), []);
  });

  it("knows the new version before the change stops waiting: no older state may then look like the newest", async () => {
    const known = [];
    const remove = store.remove.bind(store);
    store.remove = (record) => (known.push(autosave.versions.get("r1")), remove(record));

    await settle(autosave.submit(change("a", 3)));

    assert.deepEqual(known, [1]);
  });

  it("says that it is saving before anything else happens", async () => {
    const submitted = autosave.submit(change("a", 3));

    assert.deepEqual(statuses.at(-1), { kind: "saving", waiting: 1, savedAt: null });
    await settle(submitted);
  });

  it("keeps the order of quick changes, each on top of the one before", async () => {
    const all = ["a", "b", "c"].map((item, i) => autosave.submit(change(item, i)));
    for (const each of all) await settle(each);

    assert.deepEqual(server.saves, [{ a: 0 }, { b: 1 }, { c: 2 }]);
    assert.deepEqual(conflicts, []);
  });

  it("keeps changes while offline and sends them when the connection is back", async () => {
    server.failBefore = [new Unavailable("down"), new Unavailable("down")];
    await settle(autosave.submit(change("a", 1)));
    await settle(autosave.submit(change("b", 2)));
    clearTimeout(autosave.timer);

    assert.deepEqual([statuses.at(-1).kind, statuses.at(-1).waiting], ["offline", 2]);
    assert.deepEqual(await autosave.waitingAnswers("r1"), { a: 1, b: 2 });

    await autosave.resume();
    assert.deepEqual(server.answers, { a: 1, b: 2 });
    assert.equal(statuses.at(-1).kind, "saved");
  });

  it("stores nothing twice when the answer got lost", async () => {
    server.failAfter = [new Unavailable("cut")];
    await settle(autosave.submit(change("a", 1)));
    clearTimeout(autosave.timer);

    await autosave.send();

    assert.equal(server.posts, 2);
    assert.equal(server.saves.length, 1);
  });

  it("sends what an earlier page left behind", async () => {
    server.failBefore = [new Unavailable("down")];
    await settle(autosave.submit(change("a", 1)));
    clearTimeout(autosave.timer);

    await makeAutosave().send();

    assert.deepEqual(server.answers, { a: 1 });
  });

  it("puts the change on top of what another tab wrote, and tells", async () => {
    await server.post("/scores", { key: "other tab", base_version: 0, answers: { b: 5 } });
    await settle(autosave.submit(change("a", 1)));

    assert.deepEqual(server.answers, { b: 5, a: 1 });
    assert.equal(conflicts[0].version, 1);
  });

  it("says that signing in is needed, and keeps the change", async () => {
    server.failBefore = [new NeedsSignIn("ended")];
    await settle(autosave.submit(change("a", 1)));
    clearTimeout(autosave.timer);

    assert.equal(statuses.at(-1).kind, "signIn");
    assert.equal((await store.all()).length, 1);
  });

  it("does not show as saved what the person who is signed in may not send", async () => {
    server.failBefore = [new NotYours("somebody else")];
    await settle(autosave.submit(change("a", 1)));
    assert.deepEqual([statuses.at(-1).kind, statuses.at(-1).waiting], ["signIn", 1]);

    await autosave.resume();
    assert.deepEqual(server.answers, { a: 1 });
  });

  it("tells of a change that the server refuses, and goes on with the rest", async () => {
    server.failBefore = [new Refused({ error: "closed" })];
    const first = await autosave.submit(change("a", 1));
    await assert.rejects(first.confirmed, Refused);
    await settle(autosave.submit(change("b", 2)));

    assert.equal(refusals[0].code, "closed");
    assert.deepEqual(server.answers, { b: 2 });
  });

  it("says that the server cannot save, keeps the change, and tries again", async () => {
    server.failBefore = [new CannotSave("disk full")];
    await settle(autosave.submit(change("a", 1)));
    assert.deepEqual([statuses.at(-1).kind, statuses.at(-1).waiting], ["cannotSave", 1]);

    clearTimeout(autosave.timer);
    await autosave.send();
    assert.deepEqual([server.answers, statuses.at(-1).kind], [{ a: 1 }, "saved"]);
  });

  it("keeps and retries a change on which anything unforeseen went wrong", async () => {
    server.failBefore = [new TypeError("a bug")];
    await settle(autosave.submit(change("a", 1)));
    clearTimeout(autosave.timer);

    assert.equal((await store.all()).length, 1);
    await autosave.send();
    assert.deepEqual(server.answers, { a: 1 });
  });

  it("shows the trouble, not 'saving', until a change went through", async () => {
    server.failBefore = [new Unavailable("down"), new Unavailable("down")];
    await settle(autosave.submit(change("a", 1)));
    clearTimeout(autosave.timer);
    statuses.length = 0;
    await autosave.send();
    clearTimeout(autosave.timer);

    assert.deepEqual(statuses.map(({ kind }) => kind), ["offline", "offline"]);
  });

  it("keeps the newer answer that was given elsewhere, and tells", async () => {
    server.extra = { superseded: ["a"] };
    await settle(autosave.submit(change("a", 1)));

    assert.deepEqual(superseded, [{ a: 1 }]);
  });

  it("asks for the reason that a pair finished elsewhere wants, and sends all in their order with it", async () => {
    const sent = [];
    const post = async (url, body) => {
      if (!body.reason) throw new Refused({ error: "reason" });
      sent.push([body.key, body.answers, body.reason]);
      return { version: sent.length, saved_at: null };
    };
    autosave.parts.post = post;
    let answer;
    autosave.parts.askReason = () => new Promise((resolve) => (answer = resolve));
    await settle(autosave.submit(change("a", 1)));
    await settle(autosave.submit(change("a", 2)));
    assert.deepEqual(sent, []);

    answer("looked again");
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(sent, [["key-1", { a: 1 }, "looked again"], ["key-2", { a: 2 }, "looked again"]]);
    assert.deepEqual(await store.all(), []);
  });

  it("takes a change back when the reader gives no reason for it", async () => {
    autosave.parts.post = async () => { throw new Refused({ error: "reason" }); };
    reasons = [null];
    const { confirmed } = await autosave.submit(change("a", 1));

    await assert.rejects(confirmed, Refused);
    assert.equal(refusals[0].code, "withdrawn");
  });

  it("warns before the page is left only while something is stuck or slow", async () => {
    await settle(autosave.submit(change("a", 1)));
    assert.equal(autosave.atRisk, false);

    store.durable = true;
    server.failBefore = [new Unavailable("down")];
    await settle(autosave.submit(change("b", 1)));
    clearTimeout(autosave.timer);
    assert.equal(autosave.atRisk, true);
  });

  it("never goes back to an older version that comes late", () => {
    autosave.learn("r1", { version: 7 });
    autosave.learn("r1", { version: 3 });

    assert.equal(autosave.versions.get("r1"), 7);
  });
});

describe("ChangeStore", () => {
  it("keeps changes in memory, and says so, where the browser's database fails", async () => {
    const broken = { transaction: () => { throw new Error("disk full"); } };
    const store = new ChangeStore(broken, "one");
    await store.add({ key: "k", reading: "r" });

    assert.equal(store.durable, false);
    assert.deepEqual(await store.all(), [{ key: "k", reading: "r", reader: "one" }]);
  });
});

describe("ServerClock", () => {
  it("follows the server, whose words are old when they come: the highest is the best", () => {
    let now = Date.parse("2026-01-01T00:00:10Z");
    const clock = new ServerClock(() => now);
    clock.hear("Thu, 01 Jan 2026 01:00:05 GMT"); // said five seconds ago, or our clock is behind by less
    clock.hear("2026-01-01T01:00:09.5Z");
    clock.hear("2026-01-01T01:00:07Z");
    now += 1000;

    assert.equal(clock.time(), "2026-01-01T01:00:10.500Z");
  });

  it("never goes back, whatever the machine's clock does", () => {
    let now = 5000;
    const clock = new ServerClock(() => now);
    const before = clock.time();
    now = 1000;

    assert.ok(clock.time() > before);
  });

  it("is one clock for all pages of a browser, however little one of them has heard", () => {
    const kept = new Map();
    const shared = { getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text) };
    let now = Date.parse("2026-01-01T00:00:10.900Z");
    const page = () => new ServerClock(() => now, shared);
    const [one, other] = [page(), page()];
    one.hear("2026-01-01T00:00:10.880Z");
    other.hear("Thu, 01 Jan 2026 00:00:10 GMT"); // a header tells whole seconds
    const told = [one.time()];
    now += 300;
    told.push(other.time());
    now += 1;
    told.push(one.time(), page().time()); // as after a reload

    assert.deepEqual(told, [...told].sort());
    assert.equal(new Set(told).size, 4);
    assert.equal(told[1], "2026-01-01T00:00:11.180Z");
  });

  it("does not believe what was kept long ago, or cannot be read", () => {
    let now = 5_000_000;
    let text = JSON.stringify({ aheadMs: 9000, last: 9_000_000, at: 1 });
    const shared = { getItem: () => text, setItem: () => {} };

    assert.equal(new ServerClock(() => now, shared).time(), new Date(now).toISOString());
    text = "{";
    assert.equal(new ServerClock(() => now, shared).time(), new Date(now).toISOString());
  });
});
