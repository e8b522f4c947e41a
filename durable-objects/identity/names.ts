// What a session is called in the database: the name and comment of its role, and its application_name. Pure.

import type { Principal } from "#core/policy";

/**
 * 39 bytes of the 63 that a name may have. A session's id is 128 bits that nobody else's gateway comes to, so two gateways
 * on one database never want the same name; and it is the id in the API, so the name alone leads to the record.
 */
export function roleName(sessionId: string): string {
  return `sluice_${sessionId}`;
}

/** How the comment of a role begins that this gateway made for this session: what is not marked so is not dropped. */
export function roleMark(gateway: string, sessionId: string): string {
  return `sluice gateway ${gateway} session ${sessionId}`;
}

const MAX_SUBJECT_CHARACTERS = 200;

export function roleComment(mark: string, target: string, { issuer, subject }: Principal): string {
  return `${mark} target ${target} subject ${printable(subject)} of ${printable(issuer)}`;
}

function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "?").slice(0, MAX_SUBJECT_CHARACTERS);
}

/** Enough to find the session by, in what is short. */
const SHORT_ID_DIGITS = 12;
/** NAMEDATALEN - 1: PostgreSQL cuts the rest off. */
const MAX_NAME_BYTES = 63;
/** Leaves room for who it is. */
const MAX_OWN_CHARACTERS = 20;

/** For pg_stat_activity, where the user does not tell who it is: the client's own word, the session, the subject. */
export function applicationName(own: string, sessionId: string, { subject }: Principal): string {
  const who = `sluice ${sessionId.slice(0, SHORT_ID_DIGITS)} ${subject}`;
  const client = own.slice(0, MAX_OWN_CHARACTERS);
  // PostgreSQL writes other characters as \x.. (pg_clean_ascii), which would take the room.
  return `${client === "" ? "" : `${client} `}${who}`
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .slice(0, MAX_NAME_BYTES);
}
