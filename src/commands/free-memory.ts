/** The function `gc` that Node has with `--expose-gc` (see the first line of src/main.ts). */
type Collect = (options: {
  readonly type: "major";
  readonly execution: "sync";
  readonly flavor: "last-resort";
}) => void;

/**
 * Frees the memory that reading a large database has used up, before the work begins: V8 by itself would wait until as
 * much garbage has gathered again. The process stands still for about a millisecond for each MiB that is alive. Does
 * nothing without `--expose-gc`.
 */
export function freeMemory(): void {
  const { gc } = globalThis as { readonly gc?: Collect };
  gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
}
