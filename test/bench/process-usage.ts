import { readFileSync } from "node:fs";

/** The processor time of a process so far, in milliseconds, by the kernel's clock of 100 ticks a second. */
export function cpuMs(pid: number): number {
  // The name, in brackets, may contain anything; utime and stime are fields 14 and 15 of proc_pid_stat(5).
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

interface Memory {
  readonly now: number;
  readonly peak: number;
  /** The part of `now` that no file has: other processes of the same program do not share it. */
  readonly anonymous: number;
}

/** The resident memory of a process, now and at its highest, in MiB. */
export function memoryMiB(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const read = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  return { now: read("VmRSS"), peak: read("VmHWM"), anonymous: read("RssAnon") };
}
