// The Worker that tests in workerd run beside: it only has to exist, tests drive the parts themselves.
export default {
  fetch: (): Response => new Response(null, { status: 404 }),
};
