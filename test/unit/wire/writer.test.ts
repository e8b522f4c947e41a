// A writer keeps what it is given, wherever its buffer has to grow.

import { expect, test } from "vitest";
import { ByteWriter } from "#core/bytes";

test.each([1, 2, 3, 4, 5, 7, 8, 9, 16])("from %i bytes on, every byte is kept", (capacity) => {
  const writer = new ByteWriter(capacity);
  for (let i = 0; i < 100; i++) writer.u8(i);
  expect([...writer.finish()]).toEqual(Array.from({ length: 100 }, (_, i) => i));
});
