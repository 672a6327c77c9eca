import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** True when nothing refers to the object any more. The object must have been made in another turn of the event loop. */
export async function isCollected(ref: WeakRef<object>): Promise<boolean> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await new Promise(setImmediate);
  collect();
  return ref.deref() === undefined;
}
