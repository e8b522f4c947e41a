// What comes through shim and gateway is what PostgreSQL sends, byte by byte: a corpus over all types in three protocols,
// and whole conversations of the extended protocol. The reference is the same PostgreSQL, asked directly. A test file that
// runs this says by which gateway, and what may differ there and how.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { type Format, type Frame, type FrontendMessage } from "#core/wire";
import { bytesOf, describe as words, query, WireClient } from "../support/wire-client.ts";
import { CONVERSATIONS } from "./compat-conversations.ts";
import { CORPUS, MULTI, PARAMETERS } from "./compat-corpus.ts";
import { withCorpus } from "./compat-fixture.ts";

const NOTIFICATION = "A".charCodeAt(0);
const DATA_ROW = "D".charCodeAt(0);

/** What the gateway answers where PostgreSQL answers with these frames. */
export type Difference = (direct: readonly Frame[], protocol: string) => readonly Frame[];

export interface Through {
  /** A connection string; asked for when the tests run. */
  readonly url: () => string;
  /** By the text of the statement, or the name of the conversation. Everything else is the same to the byte. */
  readonly differences: Readonly<Record<string, Difference>>;
}

/** Bytes against bytes; where they differ, the frames around the first difference in words. */
function compare(actual: readonly Frame[], expected: readonly Frame[]): void {
  const [gateway, direct] = [actual.map(withoutSender), expected.map(withoutSender)];
  if (bytesOf(gateway).equals(bytesOf(direct))) return;
  const at = Math.max(
    0,
    direct.findIndex(({ bytes }, i) => !Buffer.from(bytes).equals(gateway[i]?.bytes ?? Buffer.of())),
  );
  const around = (frames: readonly Frame[]): string[] => frames.slice(Math.max(0, at - 2), at + 4).map(words);
  expect(around(gateway)).toEqual(around(direct));
  expect(gateway.length).toBe(direct.length);
}

/** The process id of the notifier is another by design. */
function withoutSender(frame: Frame): Frame {
  return frame.code === NOTIFICATION ? { code: frame.code, bytes: frame.bytes.slice().fill(0, 5, 9) } : frame;
}

function extended(text: string, format: Format): FrontendMessage[] {
  return [
    { kind: "parse", statement: "", text: Buffer.from(text), parameterTypes: [] },
    { kind: "describe", target: "S", name: "" },
    {
      kind: "bind",
      portal: "",
      statement: "",
      parameterFormats: [],
      parameters: [],
      resultFormats: [format],
    },
    { kind: "describe", target: "P", name: "" },
    { kind: "execute", portal: "", maxRows: 0 },
    { kind: "sync" },
  ];
}

const PROTOCOLS = [
  ["simple", (text: string): FrontendMessage[] => [query(text)]],
  ["extended, text", (text: string): FrontendMessage[] => extended(text, 0)],
  ["extended, binary", (text: string): FrontendMessage[] => extended(text, 1)],
] as const;

export function compatibility({ url, differences }: Through): void {
  let pair: readonly [direct: WireClient, gateway: WireClient];

  withCorpus();

  function connected(): void {
    beforeAll(connectBoth);
    afterAll(endBoth);
  }

  async function connectBoth(): Promise<void> {
    pair = [await WireClient.connect(inject("stack").upstream), await WireClient.connect(url())];
  }

  async function endBoth(): Promise<void> {
    for (const client of pair) await client.end();
  }

  function check(name: string, gateway: readonly Frame[], direct: readonly Frame[], protocol = ""): void {
    compare(gateway, differences[name]?.(direct, protocol) ?? direct);
  }

  /** Sends the same to both, one after the other, and compares. Gives the frames. */
  async function same(
    name: string,
    messages: readonly (FrontendMessage | Uint8Array)[],
    readies: number,
  ): Promise<readonly Frame[]> {
    const answers: Frame[][] = [];
    for (const client of pair) {
      client.send(...messages);
      answers.push(await client.ready(readies));
    }
    const [direct = [], gateway = []] = answers;
    check(name, gateway, direct);
    return gateway;
  }

  describe.each(PROTOCOLS)("the %s protocol", (protocol, messages) => {
    describe.each(Object.entries(CORPUS))("%s", (_group, statements) => {
      let reference: readonly (readonly Frame[])[];
      let gateway: WireClient;

      // One way after the other, so that neither finds the other's rows, nor hears its notifications.
      beforeAll(async () => {
        const direct = await WireClient.connect(inject("stack").upstream);
        const answers: Frame[][] = [];
        for (const statement of statements) {
          direct.send(...messages(statement));
          answers.push(await direct.ready());
        }
        await direct.end();
        reference = answers;
        gateway = await WireClient.connect(url());
      });
      afterAll(() => gateway.end());

      it.each(statements.map((statement, i) => [statement, i] as const))("%s", async (statement, i) => {
        gateway.send(...messages(statement));
        const answer = await gateway.ready();
        expect(answer.length).toBeGreaterThan(1);
        check(statement, answer, reference[i] ?? [], protocol);
      });
    });
  });

  describe("several statements in one Query", () => {
    connected();
    it.each(MULTI)("%s", async (statements) => {
      expect((await same(statements, [query(statements)], 1)).length).toBeGreaterThan(1);
    });
  });

  describe("parameters go in and come out in both formats", () => {
    connected();
    it.each(PARAMETERS)("%s %.40s", async (type, text) => {
      const value = text === null ? null : Buffer.from(text);
      const parse = {
        kind: "parse",
        statement: "p",
        text: Buffer.from(`SELECT $1::${type}`),
        parameterTypes: [],
      } as const;
      const bind = (parameter: Uint8Array | null, format: Format): FrontendMessage[] => [
        {
          kind: "bind",
          portal: "",
          statement: "p",
          parameterFormats: [format],
          parameters: [parameter],
          resultFormats: [1],
        },
        { kind: "execute", portal: "", maxRows: 0 },
        { kind: "sync" },
      ];
      const described = [parse, { kind: "describe", target: "S", name: "p" }] as const;
      const frames = await same(type, [...described, ...bind(value, 0)], 1);
      const row = frames.find(({ code }) => code === DATA_ROW);
      expect(row).toBeDefined();
      // DataRow: code, length, a count of one column, its length (-1 is NULL), its bytes.
      const binary = value === null ? null : (row?.bytes.subarray(11) ?? null);
      const again = await same(type, bind(binary, 1), 1);
      expect(again.find(({ code }) => code === DATA_ROW)?.bytes).toEqual(row?.bytes);
      await same(type, [{ kind: "close", target: "S", name: "p" }, { kind: "sync" }], 1);
    });
  });

  describe("whole conversations", () => {
    beforeEach(connectBoth);
    afterEach(endBoth);
    it.each(Object.entries(CONVERSATIONS))("%s", async (name, { messages, readies }) => {
      await same(name, messages, readies);
      // Both are where they should be, neither a reply short nor one ahead.
      await same("still in step", [query("SELECT 'still in step'")], 1);
    });
  });
}
