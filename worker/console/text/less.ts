// What of a grant its approver gives, from the form that asks. Pure.

/** What is left out is given as it was asked for; no relation at all is no grant, and the API says so. */
export function lessIn(form: URLSearchParams): {
  readonly duration?: string;
  readonly relations?: readonly string[];
} {
  const duration = form.get("duration") ?? "";
  return {
    ...(duration === "" ? {} : { duration }),
    ...(form.has("of_relations") ? { relations: form.getAll("relation") } : {}),
  };
}
