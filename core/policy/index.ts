// The door of the room: documents in, policies, decisions and the words of refusals out.

export * from "./approval-terms.ts";
export { isHarmlessInTrial } from "./builtin/functions.ts";
export { compilePolicy } from "./compile/compile.ts";
export { grantable, grantTerms, limitWords } from "./compile/grants.ts";
export type { Asker } from "./compile/layers.ts";
export * from "./decision.ts";
export { isFor, readAudience } from "./document/audience.ts";
export type { Audience, Diagnostic, PolicyDocument, Position, ProfileName } from "./document/document.ts";
export { lint } from "./document/lint.ts";
export { type NamedThing, type NamesIn, namesIn } from "./document/names.ts";
export { MAX_DOCUMENT_BYTES, parseDocument } from "./document/parse.ts";
export { formatDuration, parseBytes, parseDuration } from "./document/units.ts";
export { DOCUMENT_SCHEMA } from "./document/schema.ts";
export * from "./grant-limits.ts";
export * from "./grants.ts";
export * from "./masks/mask.ts";
export * from "./masks/masks.ts";
export { looksPersonal } from "./builtin/personal-names.ts";
export { placeOfMasks, type WrittenMask, writtenMasks } from "./compile/written-masks.ts";
export * from "./policy.ts";
export * from "./privileges.ts";
export * from "./recording.ts";
export * from "./principal.ts";
export { OPEN_DOCUMENT, PROFILE_TEXTS } from "./profiles/index.ts";
export { refusalText } from "./refusal/refusal.ts";
