import { useEffect, useRef, useState } from "preact/hooks";

/** Gives the newest value at most every `ms`, so that what is asked again for each value is not asked too often. */
export function useCalm<T>(value: T, ms: number): T {
  const [calm, settle] = useState(() => value);
  const latest = useRef(value);
  latest.current = value;
  const isOld = value !== calm;
  useEffect(() => {
    if (!isOld) return undefined;
    const timer = setTimeout(() => settle(() => latest.current), ms);
    return () => clearTimeout(timer);
  }, [isOld, ms]);
  return calm;
}
