// A conversation as capture.ts records it: what was said, in the order it was said.

export interface Said {
  readonly from: "frontend" | "backend";
  readonly hex: string;
}

export type Trace = readonly Said[];
