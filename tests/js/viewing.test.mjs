import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import "../../static/js/reading/texts.en.js";
import { ActivityClock } from "../../static/js/reading/activity.js";
import { NotYours, Refused, Unavailable } from "../../static/js/reading/api.js";
import { TEXTS, ranges } from "../../static/js/reading/texts.js";
import { ViewingPost } from "../../static/js/reading/viewing.js";
import { ViewingLog } from "../../static/js/reading/viewinglog.js";

const FIT = [100, 0, 0, 100, 100];

describe("ViewingLog", () => {
  let now, clock, log;

  beforeEach(() => {
    now = 0;
    clock = new ActivityClock(() => now);
    clock.touch();
    log = new ViewingLog(clock, 5, 1_000_000);
  });

  it("tells slices with their time, activity, and the look that was held", () => {
    log.see({ left: 2, right: 2 });
    log.useLook(FIT);
    now = 3000;
    log.see({ left: 3, right: 3 });
    now = 4000;

    assert.deepEqual(log.take(), {
      intervals: [[1_000_000, 1_004_000]],
      seen: { left: { 2: 3000, 3: 1000 }, right: { 2: 3000, 3: 1000 } },
      looks: [[1_000_000, ...FIT]],
    });
  });

  it("tells nothing twice, and nothing where nothing happened", () => {
    log.see({ left: 2, right: 2 });
    log.useLook(FIT);
    now = 1000;
    log.take();
    clock.pause();

    assert.equal(log.take(), null);
  });

  it("goes on with the slice that stays on the screen", () => {
    log.see({ left: 2, right: 4 });
    now = 1000;
    log.take();
    now = 1500;

    assert.deepEqual(log.take().seen, { left: { 2: 500 }, right: { 4: 500 } });
  });

  it("counts no time of an idle reader or a hidden page", () => {
    log.see({ left: 0, right: 0 });
    now = 3_600_000;
    assert.deepEqual(log.take().seen.left, { 0: 60_000 });

    clock.pause();
    now = 3_700_000;
    assert.equal(log.take(), null);
  });

  it("does not take a side as seen that is not on the screen", () => {
    log.see({ left: 0, right: null });
    now = 1000;

    assert.deepEqual(log.take().seen, { left: { 0: 1000 }, right: {} });
    assert.deepEqual(log.missing, { left: [1, 2, 3, 4], right: [0, 1, 2, 3, 4] });
  });

  it("knows what was seen before, also on another day", () => {
    log.learn({ left: [0, 1, 2, 3], right: [0, 1, 2, 3, 4] });
    log.see({ left: 4, right: 4 });

    assert.deepEqual(log.missing, { left: [], right: [] });
    assert.deepEqual(log.everSeen.left, [0, 1, 2, 3, 4]);
    assert.deepEqual(log.batch.seen.left, { 4: 0 });
  });

  it("leaves out looks that were passed through, and a look that came back", () => {
    log.useLook(FIT);
    now = 1000;
    for (const zoom of [110, 120, 130]) {
      log.useLook([100, 0, 0, zoom, zoom]);
      now += 100;
    }
    assert.deepEqual(log.take().looks, [
      [1_000_000, ...FIT],
      [1_001_200, 100, 0, 0, 130, 130],
    ]);
    assert.equal(log.take(), null);
  });
});

describe("ActivityClock's intervals", () => {
  it("are one while the reader works and end a minute after the last sign", () => {
    let now = 0;
    const clock = new ActivityClock(() => now);
    for (now of [0, 30_000, 70_000, 500_000, 510_000]) clock.touch();

    assert.deepEqual(clock.takeIntervals(), [[0, 130_000], [500_000, 510_000]]);
    assert.equal(clock.take(), 140);
    assert.deepEqual(clock.takeIntervals(), []);
  });

  it("are not prolonged by looking at the clock", () => {
    let now = 0;
    const clock = new ActivityClock(() => now);
    clock.touch();
    for (now of [20_000, 40_000, 60_000, 80_000, 100_000]) clock.count();

    assert.deepEqual(clock.takeIntervals(), [[0, 60_000]]);
  });
});

/** As the browser's: names are own properties. */
class FakeStorage {
  getItem(name) {
    return this[name] ?? null;
  }
  setItem(name, value) {
    this[name] = value;
  }
  removeItem(name) {
    delete this[name];
  }
}

describe("ViewingPost", () => {
  let storage, sent, failures, keys;
  const make = () => new ViewingPost(storage, post, () => `key-${++keys}`);
  const post = async (url, body) => {
    const failure = failures.shift();
    if (failure) throw failure;
    sent.push([url, body]);
  };

  beforeEach(() => {
    [storage, sent, failures, keys] = [new FakeStorage(), [], [], 0];
  });

  it("sends a batch with its key and forgets it", async () => {
    const posts = make();
    posts.keep("/viewing/", { looks: [] });
    await posts.send();

    assert.deepEqual(sent, [["/viewing/", { key: "key-1", looks: [] }]]);
    assert.deepEqual(posts.names, []);
  });

  it("keeps it while the server can't be reached, and the next page sends it with the same key", async () => {
    failures = [new Unavailable("down")];
    make().keep("/viewing/", {});
    await make().send();
    assert.deepEqual(sent, []);

    await make().send();
    assert.equal(sent[0][1].key, "key-1");
  });

  it("drops what the server will never take, and goes on", async () => {
    failures = [new Refused({ error: "closed" })];
    const posts = make();
    posts.keep("/a/", {});
    posts.keep("/b/", {});
    await posts.send();

    assert.equal(sent.length, 1);
    assert.deepEqual(posts.names, []);
  });

  it("waits for its own reader, past whom others are sent", async () => {
    failures = [new NotYours("somebody else")];
    const posts = make();
    posts.keep("/a/", {});
    posts.keep("/b/", {});
    await posts.send();

    assert.equal(sent.length, 1);
    assert.equal(posts.names.length, 1);
  });

  it("drops a text that is no batch", async () => {
    storage.setItem("viewing:0", "{");
    await make().send();

    assert.deepEqual(make().names, []);
  });

  it("never fills the disk", () => {
    const posts = make();
    for (let i = 0; i < 400; i++) posts.keep("/viewing/", {});

    assert.equal(posts.names.length, 300);
  });

  it("touches nothing else in the storage", async () => {
    storage.setItem("shortcuts", "off");
    await make().send();

    assert.equal(storage.getItem("shortcuts"), "off");
  });
});

describe("what is still to be seen", () => {
  it("is told in ranges, from 1", () => {
    assert.equal(ranges([0, 1, 2, 6, 8, 9]), "1–3, 7, 9–10");
    assert.match(TEXTS.unseen({ left: [], right: [0, 1] }), /Still to see: right 1–2\.$/);
  });
});
