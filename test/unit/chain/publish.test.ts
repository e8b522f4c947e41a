// Where checkpoints go: a bucket and a webhook that takes them, and one that does not.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publish } from "../../../durable-objects/log/publish.ts";

const posted: string[] = [];
let status = 204;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
  request.on("end", () => {
    posted.push(`${request.method ?? ""} ${body}`);
    response.writeHead(status).end();
  });
});
let url = "";

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
});

afterAll(() => server.close());

test("a checkpoint is stored by its size, as the newest, and posted", async () => {
  const stored = new Map<string, string>();
  const bucket = { put: (name: string, text: string) => Promise.resolve(stored.set(name, text)) };
  await publish({ CHECKPOINTS: bucket, CHECKPOINT_WEBHOOK: url }, 12, "note");
  expect([...stored]).toEqual([
    ["checkpoints/0000000000000012", "note"],
    ["checkpoint", "note"],
  ]);
  expect(posted).toEqual(["POST note"]);
});

test("a webhook that does not take it is an error, so that it is tried again", async () => {
  status = 503;
  await expect(publish({ CHECKPOINT_WEBHOOK: url }, 1, "note")).rejects.toThrow("503");
});
