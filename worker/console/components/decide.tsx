// What somebody can do about a request for approval: decide on it, let it go alone where its rule says that they may, and look at
// what somebody else let go so. What they may not is refused at the address as well.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { ApprovalItem } from "../../approvals/items.ts";

/** Who looks at the page. */
export interface Viewer {
  readonly issuer: string;
  readonly subject: string;
  readonly groups: readonly string[];
  /** They decide; others who see approvals review. */
  readonly approver: boolean;
  /** They may open the session that it is of. */
  readonly auditor: boolean;
  readonly form: { readonly name: string; readonly token: string };
}

interface Props {
  readonly approval: ApprovalItem;
  readonly viewer: Viewer | null;
}

export function Decide({ approval, viewer }: Props): JSX.Element {
  if (viewer?.approver !== true) return <p class="note">An approver decides on it.</p>;
  if (isBy(approval.requester, viewer))
    return <p class="note">You asked for it yourself: somebody else decides.</p>;
  const { form } = viewer;
  const alone = approval.break_glass !== null && isIn(approval.break_glass.groups, viewer);
  return (
    <form method="post" action={`/console/approvals/${approval.id}/decision`} class="row decide">
      <input type="hidden" name={form.name} value={form.token} />
      <label class="grow">
        Reason{approval.reasons_required ? "" : " (of a denial, required)"}
        <input name="reason" maxlength={2000} autocomplete="off" required={approval.reasons_required} />
      </label>
      <button type="submit" name="verdict" value="approve">
        ✓ Approve
      </button>
      <button type="submit" name="verdict" value="deny" class="danger">
        ✕ Deny
      </button>
      {alone ? (
        <details class="break-glass">
          <summary>⚠ In an emergency</summary>
          <p class="says held">
            You may let it go alone, without those who would have to agree. It needs a reason, everybody is
            told, and somebody else reviews it.
          </p>
          <button type="submit" name="verdict" value="break_glass" class="danger">
            ⚠ Break the glass
          </button>
        </details>
      ) : null}
    </form>
  );
}

export function Review({ approval, viewer }: Props): JSX.Element {
  const reviewers = approval.break_glass?.reviewers ?? [];
  const broke = approval.votes.some((vote) => vote.break_glass && viewer !== null && isBy(vote, viewer));
  if (viewer === null || broke || isBy(approval.requester, viewer) || !isIn(reviewers, viewer, true))
    return (
      <p class="note">
        Somebody else{reviewers.length === 0 ? "" : ` of ${reviewers.join(" or ")}`} has to look at it.
      </p>
    );
  return (
    <form method="post" action={`/console/approvals/${approval.id}/review`} class="row decide">
      <input type="hidden" name={viewer.form.name} value={viewer.form.token} />
      <label class="grow">
        What you found
        <input name="note" maxlength={2000} autocomplete="off" required />
      </label>
      <button type="submit" name="verdict" value="justified">
        ✓ Justified
      </button>
      <button type="submit" name="verdict" value="unjustified" class="danger">
        ✕ Unjustified
      </button>
    </form>
  );
}

function isBy(
  one: { readonly issuer: string; readonly subject: string },
  { issuer, subject }: Viewer,
): boolean {
  return one.issuer === issuer && one.subject === subject;
}

/** `any`: where no groups are named, everybody is. */
function isIn(groups: readonly string[], viewer: Viewer, any = false): boolean {
  return (any && groups.length === 0) || groups.some((group) => viewer.groups.includes(group));
}
