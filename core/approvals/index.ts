// The door of the room: requests, votes and claims in, approvals out.

export * from "./approval.ts";
export { type Bound, bindingText } from "./binding.ts";
export {
  ageGrant,
  dueOfGrant,
  type Grant,
  GRANT_STATES,
  type GrantState,
  type Less,
  NOTHING_USED,
  revokeGrant,
  use,
  type Used,
  useUp,
  voteOnGrant,
  type WantedGrant,
  wantGrant,
} from "./grant.ts";
export { type IdentityLinks, isSamePerson } from "./people.ts";
export { nextReminder, remind, remindedAt, review } from "./review.ts";
export {
  approveByPolicy,
  breakGlass,
  claim,
  expire,
  fail,
  isOpen,
  mayApproveByLink,
  type Objection,
  request,
  vote,
  withdraw,
} from "./transition.ts";
