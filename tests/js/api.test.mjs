import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { Api, CannotSave, NeedsSignIn, Refused, Unavailable } from "../../static/js/reading/api.js";

/** What a server, or a proxy before it, may answer: by path. */
const ANSWERS = {
  "/full": (response) => json(response, 507, { error: "cannot_save", message: "full" }),
  "/failed": (response) => response.writeHead(500, { "Content-Type": "text/html" }).end("<h1>Server error</h1>"),
  "/gateway": (response) => response.writeHead(502, { "Content-Type": "text/html" }).end("<h1>Bad gateway</h1>"),
  "/proxy": (response) => response.writeHead(400, { "Content-Type": "text/html" }).end("<h1>Bad request</h1>"),
  "/closed": (response) => json(response, 409, { error: "closed", message: "locked" }),
  "/login": (response) => json(response, 401, { error: "login", message: "Sign in again." }),
  "/killed": (response) => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "100" });
    response.write('{"version": 1, "sav');
    setTimeout(() => response.socket.destroy(), 20);
  },
};

function json(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

describe("what a failure of a save means", () => {
  let server, address;
  const api = new Api("token", async () => "token");
  const failure = (path) => api.post(`${address}${path}`, {}).then(() => assert.fail("it was taken"), (error) => error);

  before(async () => {
    server = createServer((request, response) => ANSWERS[request.url](response));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => server.close());

  it("a full disk, and a server that fails, are told as such", async () => {
    assert.ok((await failure("/full")) instanceof CannotSave);
    assert.ok((await failure("/failed")) instanceof CannotSave);
  });

  it("a proxy with nobody behind it is no connection", async () => {
    const error = await failure("/gateway");

    assert.ok(error instanceof Unavailable && !(error instanceof CannotSave));
  });

  it("an answer that was cut off half-way is tried again: the save may have been stored", async () => {
    assert.ok((await failure("/killed")) instanceof Unavailable);
  });

  it("a proxy's 400 never makes a score be thrown away", async () => {
    assert.ok((await failure("/proxy")) instanceof Unavailable);
  });

  it("only our own server refuses for good", async () => {
    assert.ok((await failure("/closed")) instanceof Refused);
  });

  it("a session that ended asks for signing in", async () => {
    assert.ok((await failure("/login")) instanceof NeedsSignIn);
  });
});
