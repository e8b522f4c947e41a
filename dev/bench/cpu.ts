// Processor time of processes, read from /proc (Linux): what work costs, however busy the machine is with something else.

import { readFileSync } from "node:fs";

/** Of the kernel's clock ticks: sysconf(_SC_CLK_TCK) is 100 on every Linux that Node runs on. */
const TICK_MS = 10;
/** utime and stime, counted behind the command's closing parenthesis (proc_pid_stat(5)). */
const UTIME = 11;
const STIME = 12;

/** Milliseconds that `pids` have used since they began, all threads, user and system. */
export function processorMs(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[UTIME]) + Number(fields[STIME]);
  }
  return ticks * TICK_MS;
}
