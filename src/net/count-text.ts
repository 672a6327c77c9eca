/** Prints a count. From a thousand million on, a power of two is easier to read than the digits. */
export function printCount(count: bigint): string {
  return count < 1_000_000_000n ? count.toString() : `~2^${Math.round(Math.log2(Number(count))).toString()}`;
}
