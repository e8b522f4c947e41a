// Stands in for test/support/grammar.ts where tests of core/ run in workerd (vitest.config.ts): the same grammar, loaded as
// the gateway loads it.

export { newGrammar as testGrammar } from "../../durable-objects/grammar.ts";
