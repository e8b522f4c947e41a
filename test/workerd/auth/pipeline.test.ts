// The same pipeline in workerd. The issuer answers in place of fetch: workerd's crypto and streams are what is tested.

import { describePipeline } from "../../unit/auth/pipeline.ts";

describePipeline((make) => {
  const issuer = make("https://issuer.example");
  return Promise.resolve({ issuer, fetch: (url) => Promise.resolve(issuer.answer(new URL(url).pathname)) });
});
