// GET …/verify: the session's record as D1 holds it, verified as `sluice verify` verifies an export, and what is beside the chain
// compared with it. The keys are the gateway's own: who does not trust the gateway takes the export and a keys document.

import {
  BREAKS_MOST,
  type Break,
  type Keys,
  type Verdict,
  type VerifierCrypto,
  verifyExport,
} from "../../../client-shim/src/record/index.ts";
import { derivedDifferences } from "./derived.ts";
import { exportLines, type FindInclusion, serialize } from "./lines.ts";
import type { ExportSource, SessionColumns } from "./source.ts";

export const WEB_CRYPTO: VerifierCrypto = {
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
  verifyEd25519: async (x, message, signature) => {
    try {
      const jwk = { kty: "OKP", crv: "Ed25519", x };
      const key = await crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["verify"]);
      return await crypto.subtle.verify("Ed25519", key, signature, message);
    } catch {
      // No key, or no signature, in form.
      return false;
    }
  },
};

/** The session is under a legal hold, as the log has it, and no word of its end is on the way there. */
export type IsHeld = (session: string) => Promise<boolean>;

export async function verifySession(
  source: ExportSource,
  session: SessionColumns,
  keys: Keys,
  findInclusion: FindInclusion,
  isHeld: IsHeld = () => Promise.resolve(false),
): Promise<Verdict> {
  const verdict = await verifyExport(asExported(source, session, findInclusion), keys, WEB_CRYPTO);
  if (await isUnlikeLog(verdict, source, findInclusion))
    return { ...verdict, verdict: "broken", breaks: [{ entry: null, what: UNLIKE_LOG }] };
  const breaks: Break[] = [...verdict.breaks];
  for await (const what of besideTheChain(source, session, verdict, isHeld)) {
    if (breaks.length === BREAKS_MOST) break;
    breaks.push({ entry: null, what });
  }
  return breaks.length === 0 ? verdict : { ...verdict, verdict: "broken", breaks };
}

export const UNLIKE_LOG =
  "the log has the end of this session's chain, and its record is that of a session which goes on, or has none";

/**
 * A chain cannot show that it was taken away, nor an end that it never came: but a session is in the log, and is so once D1 has all
 * of it.
 */
async function isUnlikeLog(
  { verdict, session }: Verdict,
  source: ExportSource,
  findInclusion: FindInclusion,
): Promise<boolean> {
  if ((verdict !== "open" && verdict !== "not_chained") || session === null) return false;
  if ((await findInclusion(session)) === null) return false;
  // One that has ended since it was read is as it should be.
  return verdict === "not_chained" || (await source.session())?.ended_at === null;
}

async function* besideTheChain(
  source: ExportSource,
  { id, ended_at }: SessionColumns,
  { verdict }: Verdict,
  isHeld: IsHeld,
): AsyncGenerator<string> {
  if (verdict !== "not_chained" && ended_at !== null) yield* derivedDifferences(source);
  // Asked twice: what is lifted meanwhile is on its way to the log, or there.
  if ((await isHeld(id)) && !(await source.isHeld()) && (await isHeld(id)))
    yield "the log has a legal hold on the session, and D1 has none";
}

/** Through the text, so that what is verified here is what an export would be. */
async function* asExported(
  source: ExportSource,
  session: SessionColumns,
  findInclusion: FindInclusion,
): AsyncGenerator {
  for await (const line of exportLines(source, session, findInclusion))
    yield JSON.parse(serialize(line)) as unknown;
}

export function presentVerdict(id: string, { verdict, entries, head, heads, leaf, breaks }: Verdict): object {
  return {
    id,
    verdict,
    entries,
    head,
    signed_heads: heads,
    log_index: leaf,
    first_break: breaks[0] ?? null,
    breaks: breaks.map(({ entry, what }) => ({ entry, what })),
  };
}
