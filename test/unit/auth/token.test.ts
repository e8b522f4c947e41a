// Where a request carries its token, and which sub-protocol is answered.

import { describe, expect, test } from "vitest";
import { tokenFromRequest, toResponse } from "../../../worker/auth/index.ts";

const A = "aaaaaaaa.bbbbbbbb.cccccccc";
const B = "aaaaaaaa.bbbbbbbb.dddddddd";
const CANARY = /aaaaaaaa|bbbbbbbb|cccccccc|dddddddd/;

function read(headers: Record<string, string>, url = "https://gateway.example/v2"): unknown {
  const presented = tokenFromRequest(new Request(url, { headers }));
  return presented.ok ? presented.value : presented.error;
}

describe("Authorization", () => {
  test.each([`Bearer ${A}`, `bearer ${A}`, `BEARER   ${A}`])("brings the token as %s", (authorization) => {
    expect(read({ authorization })).toEqual({ token: A, subprotocol: null });
  });

  test("without it there is no token, which is no error: it may come as the password", () => {
    expect(read({})).toEqual({ token: null, subprotocol: null });
  });

  test.each([
    [`Basic ${A}`, "other_scheme"],
    [A, "other_scheme"],
    [`Bearer: ${A}`, "other_scheme"],
    ["Bearer", "bad_syntax"],
    [`Bearer ${A} ${B}`, "bad_syntax"],
    [`Bearer ${A}, Bearer ${A}`, "bad_syntax"],
    [`Bearer "${A}"`, "bad_syntax"],
  ])("%s is refused as %s", (authorization, misuse) => {
    expect(read({ authorization })).toEqual({ tag: "misused", misuse });
  });

  test("given twice is refused", () => {
    const headers = new Headers([
      ["authorization", `Bearer ${A}`],
      ["authorization", `Bearer ${B}`],
    ]);
    expect(tokenFromRequest({ headers })).toEqual({
      ok: false,
      error: { tag: "misused", misuse: "bad_syntax" },
    });
  });
});

describe("Sec-WebSocket-Protocol", () => {
  test.each([
    [`sluice.bearer.${A}, sluice.flow.v1`, "sluice.flow.v1"],
    [`sluice.raw.v1, sluice.flow.v1,sluice.bearer.${A}`, "sluice.flow.v1"],
    [`sluice.bearer.${A},sluice.raw.v1`, "sluice.raw.v1"],
    [`other, sluice.bearer.${A}, sluice.raw.v1`, "sluice.raw.v1"],
  ])("%s brings the token and is answered with %s", (offer, subprotocol) => {
    expect(read({ "sec-websocket-protocol": offer })).toEqual({ token: A, subprotocol });
  });

  test.each([A, `Sluice.Bearer.${A}`, "other"])("%s is not sent back, whatever it may be", (offer) => {
    expect(read({ "sec-websocket-protocol": offer })).toEqual({ token: null, subprotocol: null });
  });

  test("without a token is answered all the same", () => {
    expect(read({ "sec-websocket-protocol": "sluice.flow.v1" })).toEqual({
      token: null,
      subprotocol: "sluice.flow.v1",
    });
  });

  test.each([
    [`sluice.bearer.${A}`, "token_alone"],
    [`other, sluice.bearer.${A}`, "token_alone"],
    [`sluice.bearer.${A}, sluice.bearer.${B}, sluice.raw.v1`, "two_tokens"],
    ["sluice.bearer., sluice.raw.v1", "bad_syntax"],
  ])("%s is refused as %s", (offer, misuse) => {
    expect(read({ "sec-websocket-protocol": offer })).toEqual({ tag: "misused", misuse });
  });
});

describe("two places at once", () => {
  const offer = `sluice.bearer.${A}, sluice.raw.v1`;

  test("with the same token are one", () => {
    expect(read({ authorization: `Bearer ${A}`, "sec-websocket-protocol": offer })).toEqual({
      token: A,
      subprotocol: "sluice.raw.v1",
    });
  });

  test("with different tokens are refused", () => {
    expect(read({ authorization: `Bearer ${B}`, "sec-websocket-protocol": offer })).toEqual({
      tag: "misused",
      misuse: "two_tokens",
    });
  });
});

test("the query string is never read", () => {
  const url = `https://gateway.example/v2?access_token=${A}&token=${A}&authorization=Bearer%20${A}`;
  expect(read({}, url)).toEqual({ token: null, subprotocol: null });
});

test("a refusal answers 401 with what to do, and no part of either token", async () => {
  for (const authorization of [`Basic ${A}`, `Bearer ${A} ${B}`]) {
    const presented = tokenFromRequest({ headers: new Headers({ authorization }) });
    if (presented.ok) expect.fail("it was taken");
    const response = toResponse(presented.error);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(
      /^Bearer realm="sluice", error="invalid_request", /,
    );
    expect(`${await response.text()}${JSON.stringify([...response.headers])}`).not.toMatch(CANARY);
  }
});
