import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { Api, Refused, Unavailable } from "../../static/js/reading/api.js";

/** What the address answers to a password and a code. @param {URLSearchParams} form @returns {[number, object]} */
function answerTo(form) {
  if (form.get("password") === "many") return [429, { error: "wait", message: "Signing in waits." }];
  if (form.get("password") !== "right") return [401, { error: "login", message: "They do not go together." }];
  if (form.get("code") !== "123456") return [401, { error: "code", message: "Now the code." }];
  return [200, { username: "one", csrf_token: "fresh" }];
}

describe("signing in again from the page", () => {
  let server, url;
  const api = new Api("stale", async () => "stale");
  const attempt = (password, code = "") => api.signInAgain(url, { username: "one", password, code });

  before(async () => {
    server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const [status, answer] = request.method === "GET" ? [200, { csrf_token: "asked" }] : answerTo(new URLSearchParams(body));
      const good = request.method === "GET" || request.headers["x-csrftoken"] === "asked";
      response.writeHead(good ? status : 403, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${server.address().port}/`;
  });
  after(() => server.close());

  for (const [password, code] of [["wrong", "login"], ["right", "code"], ["many", "wait"]]) {
    it(`tells why it is refused: ${code}`, async () => {
      await assert.rejects(attempt(password), (error) => error instanceof Refused && error.code === code && error.message !== "");
    });
  }

  it("takes the token of the new session once password and code are right", async () => {
    await attempt("right", "123456");

    assert.equal(api.csrfToken, "fresh");
  });

  it("is no refusal where nobody answers", async () => {
    const nowhere = new Api("", async () => "");

    await assert.rejects(nowhere.signInAgain("http://127.0.0.1:9/", { username: "", password: "", code: "" }), Unavailable);
  });
});
