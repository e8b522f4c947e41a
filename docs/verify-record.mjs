// Verifies an exported session from the page beside it (record.md) alone: nothing of the gateway is used, only Web Cryptography.
//   node docs/verify-record.mjs SESSION.ndjson KEYS.json
// Exit status 0 only when the export is whole. Reads the file at once: a second opinion, not a tool for gigabytes.

import { readFile } from "node:fs/promises";

const [, , file, keysFile] = process.argv;
const { subtle } = globalThis.crypto;
const utf8 = new TextEncoder();

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const sha256 = async (bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes));
const join = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));

function fail(what) {
  throw new Error(what);
}

process.on("uncaughtException", ({ message }) => {
  process.stdout.write(`NOT WHOLE: ${message}\n`);
  process.exit(1);
});

/** RFC 8785, for integers. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) fail("a number is no integer");
  return JSON.stringify(value);
}

function strictBase64(text, encoding = "base64") {
  const bytes = new Uint8Array(Buffer.from(text ?? "", encoding));
  if (typeof text !== "string" || Buffer.from(bytes).toString(encoding) !== text) fail("base64 is malformed");
  return bytes;
}

async function verifiedBy(jwk, message, signature) {
  const own = { kty: "OKP", crv: "Ed25519", x: jwk.x };
  const key = await subtle.importKey("jwk", own, "Ed25519", false, ["verify"]);
  return subtle.verify("Ed25519", key, signature, message);
}

const { keys } = JSON.parse(await readFile(keysFile, "utf8"));
const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
if (!text.endsWith("\n")) fail("the last line is cut off");
const written = text.slice(0, -1).split("\n");
const lines = written.map((line) => JSON.parse(line));
if (written.some((line, i) => JSON.stringify(lines[i]) !== line))
  fail("a line is not as a gateway writes it");

const first = lines.shift();
const last = lines.pop();
if (first?.type !== "export" || first.format !== "sluice-record/1") fail("this is no export");
if (first.chained !== true) fail("recorded before there was a chain");
if (first.state !== "ended") fail("the session has not ended");
if (last?.type !== "end") fail("the export was cut off");

const digest = async (bytes) => ({ length: bytes.length, sha256: hex(await sha256(bytes)) });
const same = (a, b) => canonical(a) === canonical(b);

let [count, hash, kind, asked, final, signed] = [0, "0".repeat(64), null, null, false, 0];
let parts = [];
for (const line of lines) {
  const at = `entry ${count}`;
  if (line.type === "part") {
    if (line.n !== parts.length) fail(`${at}: a part is missing`);
    parts.push({ seq: line.seq, ...(await digest(strictBase64(line.bytes))) });
  } else if (line.type === "entry") {
    const { entry } = line;
    if (entry.v !== 1 || entry.session !== first.session) fail(`${at} is of another session`);
    if (entry.n !== count) fail(`${at} is missing or out of order`);
    if (entry.prev !== hash) fail(`${at} does not follow the one before it`);
    hash = hex(await sha256(utf8.encode(canonical(entry))));
    if (line.hash !== hash) fail(`${at} is not what was recorded`);
    if ((entry.kind === "start") !== (count === 0) || kind === "end") fail(`${at} stands in the wrong place`);
    if ((entry.kind === "outcome" ? entry.seq : null) !== asked) fail(`${at}: an intent stands alone`);
    asked = entry.kind === "intent" ? entry.intent.seq : null;
    const named = entry.kind === "intent" ? (entry.intent.chunks ?? []) : [];
    const expected = named.map(({ length, sha256 }) => ({ seq: asked, length, sha256 }));
    if (!same(parts, expected)) fail(`${at}: the parts of its intent differ`);
    parts = [];
    const of = entry.kind === "chunk" ? entry.chunk : entry.kind === "outcome" ? entry.tail : null;
    const bytes = of === null ? null : await digest(strictBase64(line.bytes));
    if (bytes?.sha256 !== of?.sha256 || bytes?.length !== of?.length) fail(`${at}: its bytes differ`);
    [count, kind] = [count + 1, entry.kind];
  } else if (line.type === "head") {
    const { head } = line;
    const key = keys.find(({ kid }) => kid === head.kid);
    if (key === undefined) fail("a head is signed by an unknown key");
    const signature = strictBase64(line.signature, "base64url");
    const valid = await verifiedBy(key, utf8.encode(canonical(head)), signature);
    if (!valid || head.type !== "sluice.head/1") fail("a head's signature is not valid");
    if (head.session !== first.session || head.entries === signed) fail("a head is out of place");
    const signs = head.entries === count && head.hash === hash;
    if (!signs) fail(`the chain is not the one whose head was signed (from entry ${signed})`);
    [signed, final] = [count, head.final === true];
  } else if (line.type === "inclusion") {
    await checkInclusion(line);
  } else fail(`a line of type ${line.type} should not be there`);
}
if (asked !== null || parts.length > 0 || kind !== "end") fail("the end of the session is missing");
if (!final || signed !== count) fail("nothing signs the end of the session");
if (last.entries !== count) fail("the last line counts other entries than there are");
process.stdout.write(`whole: session ${first.session}, ${count} entries\n`);

/** RFC 9162 §2.1.3.2, and the checkpoint as C2SP signed-note and tlog-checkpoint have it. */
async function checkInclusion({ index, proof, checkpoint }) {
  const at = checkpoint.indexOf("\n\n");
  const body = checkpoint.slice(0, at + 1);
  const [origin, size, root] = body.split("\n");
  const signature = strictBase64(
    checkpoint
      .slice(at + 2)
      .replace(`— ${origin} `, "")
      .trimEnd(),
  );
  let known = false;
  for (const key of keys) {
    const raw = strictBase64(key.x, "base64url");
    const id = (await sha256(join(utf8.encode(`${origin}\n`), [1], raw))).subarray(0, 4);
    known ||=
      hex(id) === hex(signature.subarray(0, 4)) &&
      (await verifiedBy(key, utf8.encode(body), signature.subarray(4)));
  }
  if (!known) fail("the checkpoint's signature is not valid");
  const leaf = canonical({ type: "sluice.session/1", session: first.session, entries: count, hash });
  let [node, position, lastIndex] = [await sha256(join([0], utf8.encode(leaf))), index, Number(size) - 1];
  if (!(Number.isSafeInteger(index) && index >= 0 && index <= lastIndex)) fail("the log has no such leaf");
  for (const sibling of proof) {
    const other = new Uint8Array(Buffer.from(sibling, "hex"));
    if (lastIndex === 0 || hex(other) !== sibling) fail("the proof is malformed");
    if (position % 2 === 1 || position === lastIndex) {
      node = await sha256(join([1], other, node));
      while (position % 2 === 0 && position !== 0)
        [position, lastIndex] = [position / 2, Math.floor(lastIndex / 2)];
    } else node = await sha256(join([1], node, other));
    [position, lastIndex] = [Math.floor(position / 2), Math.floor(lastIndex / 2)];
  }
  if (lastIndex !== 0 || Buffer.from(node).toString("base64") !== root)
    fail("the log does not hold this session");
}
