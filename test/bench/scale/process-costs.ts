import { statSync } from "node:fs";
import { cpuMs, memoryMiB } from "../process-usage.ts";

/** Processes by the name that they have in figures. */
export type Observed = Readonly<Record<string, { readonly pid: number }>>;

interface Reading {
  readonly rssMiB: number;
  readonly cpuMs: number;
}

export type Readings = Readonly<Record<string, Reading>>;

export function readProcesses(observed: Observed): Readings {
  const read = ({ pid }: { readonly pid: number }): Reading => ({ rssMiB: memoryMiB(pid).now, cpuMs: cpuMs(pid) });
  return Object.fromEntries(Object.entries(observed).map(([name, process]) => [name, read(process)]));
}

/** Memory of each process, by which it grew for ten thousand pods, and processor time for each pod, between two readings. */
export function costs(before: Readings, after: Readings, pods: number): Readonly<Record<string, number>> {
  const entries = Object.entries(after).flatMap(([name, { rssMiB, cpuMs: spentMs }]) => {
    const from = before[name];
    if (from === undefined) return [];
    return [
      [`${name}RssMiB`, rssMiB],
      [`${name}RssMiBPer10kPods`, ((rssMiB - from.rssMiB) * 10_000) / pods],
      [`${name}CpuMsPerPod`, (spentMs - from.cpuMs) / pods],
    ] as const;
  });
  return Object.fromEntries(entries);
}

export function fileMiB(path: string): number {
  return statSync(path).size / 1024 / 1024;
}
