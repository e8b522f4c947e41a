// The Worker that tests in workerd run beside: it only has to exist, tests drive the parts themselves.
import { DurableObject } from "cloudflare:workers";

/** An object with a SQLite of its own, for parts that are handed one. */
export class Notebook extends DurableObject {}

export default {
  fetch: (): Response => new Response(null, { status: 404 }),
};
