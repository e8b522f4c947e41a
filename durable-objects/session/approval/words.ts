// What an agent is told about a statement that has to be approved. Names and words of the policy, and what approvers wrote;
// no value of a statement.

import type { Approval } from "#core/approvals";
import type { RefusalText } from "#core/policy";
import { noticeResponse } from "#core/wire";

/** `told`: as a refusal by the rule is told. */
export function waitsNotice({ id, terms }: Approval, withinMs: number, told: RefusalText): Uint8Array {
  return noticeResponse({
    severity: "NOTICE",
    sqlstate: "00000",
    message: `statement waits for approval ${id} by ${approvers(terms.quorum, terms.groups)}`,
    detail: told.detail,
    hint: `It runs when it is approved, within ${seconds(withinMs)}; cancel it to withdraw the request.`,
  });
}

export function askedFor({ id, terms }: Approval, told: RefusalText): RefusalText {
  const by = approvers(terms.quorum, terms.groups);
  return {
    ...told,
    hint: `Approval ${id} has been asked for, by ${by}. Ask again after approval: the same statement, byte for byte, then passes once.`,
  };
}

export function denied({ id, votes }: Approval, told: RefusalText): RefusalText {
  const reason = votes.find(({ verdict }) => verdict === "deny")?.reason ?? "";
  return {
    ...told,
    message: `statement was not approved (${id}): ${reason}`,
    hint: "Do not send it again as it is: change it, or do without it.",
  };
}

export function notDecided(id: string, told: RefusalText): RefusalText {
  return {
    ...told,
    message: `nobody decided on approval ${id} in time`,
    hint: "Send the statement again to ask anew.",
  };
}

export function takenBack(id: string, told: RefusalText): RefusalText {
  return {
    ...told,
    message: `approval ${id} is of no more use: it was withdrawn, or the statement would do something else by now`,
    hint: "Send the statement again to ask anew.",
  };
}

export function unreachable(told: RefusalText): RefusalText {
  return {
    ...told,
    sqlstate: "58000",
    message: "the approval could not be asked for: the gateway's approvals do not answer",
    hint: "Send the statement again; if it stays so, tell the gateway's admin.",
  };
}

export function tooMany(told: RefusalText): RefusalText {
  return {
    ...told,
    sqlstate: "54000",
    message: "too many requests for approval are open",
    hint: "Wait until some of them are decided.",
  };
}

export function runsAhead(told: RefusalText): RefusalText {
  return {
    ...told,
    message: "a statement that has to be approved may not call functions that PostgreSQL runs while it plans",
    hint: "Send it as a Query message, or have the function declared VOLATILE.",
  };
}

/** PostgreSQL's own words (postgres.c, ProcessInterrupts). */
export const CANCELLED: RefusalText = {
  sqlstate: "57014",
  message: "canceling statement due to user request",
  detail: "",
  hint: "",
};

function approvers(quorum: number, groups: readonly string[]): string {
  const persons = quorum === 1 ? "a person" : `${quorum} persons`;
  return groups.length === 0 ? persons : `${persons} of ${groups.join(" or ")}`;
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.ceil(ms / 1_000)} seconds` : `${Math.floor(ms / 60_000)} minutes`;
}
