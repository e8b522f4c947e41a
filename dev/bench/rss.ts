// Resident memory of processes over time, read from /proc (Linux).

import { readFileSync } from "node:fs";

export interface Curve {
  /** In MB: before, the most, and at the end. */
  readonly start: number;
  readonly max: number;
  readonly end: number;
  /** Medians of the first and the last third: what grows without bound shows here, whatever a collection did at the end. */
  readonly firstThird: number;
  readonly lastThird: number;
}

const PAGE_BYTES = 4096;
const SAMPLE_MS = 250;

/** Samples the sum over `pids` until stopped. */
export function watchMemory(pids: readonly number[]): () => Curve {
  const samples = [total(pids)];
  const timer = setInterval(() => samples.push(total(pids)), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    samples.push(total(pids));
    const third = Math.ceil(samples.length / 3);
    return {
      start: samples[0] ?? 0,
      max: Math.max(...samples),
      end: samples.at(-1) ?? 0,
      firstThird: middle(samples.slice(0, third)),
      lastThird: middle(samples.slice(-third)),
    };
  };
}

function total(pids: readonly number[]): number {
  let pages = 0;
  for (const pid of pids) pages += Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]);
  return (pages * PAGE_BYTES) / 1e6;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
