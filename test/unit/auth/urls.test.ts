// Which URLs the gateway lets a configuration or an issuer's document point to.

import { expect, test } from "vitest";
import { isTrustworthy, mayPointTo } from "../../../worker/auth/urls.ts";

test.each([
  ["https://id.example/keys", true],
  ["http://127.0.0.1:4000/keys", true],
  ["http://127.1/keys", true],
  ["http://localhost/keys", true],
  ["http://[::1]:4000/keys", true],
  ["http://id.example/keys", false],
  ["http://127.0.0.1.example/keys", false],
  ["http://localhost.example/keys", false],
  ["http://169.254.169.254/latest", false],
  ["https://user@id.example/keys", false],
  ["https://:word@id.example/keys", false],
  ["file:///etc/passwd", false],
  ["data:application/json,{}", false],
])("%s may be asked: %s", (url, may) => {
  expect(isTrustworthy(new URL(url))).toBe(may);
});

test("an issuer elsewhere may not point to plain http on the gateway's own machine", () => {
  const remote = new URL("https://id.example");
  const local = new URL("http://127.0.0.1:4000");
  expect(mayPointTo(remote, new URL("http://localhost:6379/keys"))).toBe(false);
  expect(mayPointTo(remote, new URL("https://keys.example"))).toBe(true);
  expect(mayPointTo(local, new URL("http://localhost:4001/keys"))).toBe(true);
  expect(mayPointTo(local, new URL("http://keys.example"))).toBe(false);
});
