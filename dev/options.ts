// The flags of campaigns and benchmarks, whose first comments say what each is for.

import { parseArgs, type ParseArgsConfig } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** A flag that there is not ends the process, with those that there are. */
export function readOptions<const O extends Options>(
  options: O,
): ReturnType<typeof parseArgs<{ options: O }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const what = error instanceof Error ? error.message.replace(/\. To specify .*$/s, "") : "wrong flags";
    const flags = Object.entries(options).map(
      ([name, { type }]) => `--${name}${type === "string" ? " …" : ""}`,
    );
    console.error(`${what}\nflags: ${flags.join(", ")}`);
    process.exit(2);
  }
}
