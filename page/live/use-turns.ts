import { useEffect, useRef } from "preact/hooks";
import { NewestTurn } from "./newest-turn.ts";

/** Does something for `about`, and again whenever `fresh` is another value, one time after the other. It is called off for another `about`. */
export function useTurns(about: unknown, fresh: unknown, turn: (signal: AbortSignal) => Promise<void>): void {
  const turns = useRef<NewestTurn | undefined>(undefined);
  useEffect(() => {
    const own = new NewestTurn();
    turns.current = own;
    return () => own.close();
  }, [about]);
  useEffect(() => {
    turns.current?.take(turn);
  }, [about, fresh]);
}
