import type { SwitchState } from "./switch-state.ts";

/** Finds the switches of NB by UUID and by name, and the switches that a port is on. */
export class SwitchDirectory {
  readonly #byUuid = new Map<string, SwitchState>();
  readonly #byName = new Map<string, readonly SwitchState[]>();
  /** Nearly every port is on one switch, which is kept bare. Somebody may have put a port on several. */
  readonly #ofPort = new Map<string, SwitchState | readonly SwitchState[]>();

  readonly #onSeveral = new Set<string>();

  /** The switches of this name. More than one is somebody's mistake, which a refusal must tell. */
  named(name: string): readonly SwitchState[] {
    return this.#byName.get(name) ?? [];
  }

  /** The switch of this UUID, whatever name it has by now. */
  with(uuid: string): SwitchState | undefined {
    return this.#byUuid.get(uuid);
  }

  all(): MapIterator<SwitchState> {
    return this.#byUuid.values();
  }

  /** The switches that a port is on: one, unless somebody made a mistake. */
  ofPort(portUuid: string): readonly SwitchState[] {
    const found = this.#ofPort.get(portUuid);
    if (found === undefined) return [];
    return isOne(found) ? [found] : found;
  }

  /** The ports that are on more than one switch. */
  *onSeveral(): Iterable<string> {
    yield* this.#onSeveral;
  }

  add(state: SwitchState, name: string): void {
    this.#byUuid.set(state.uuid, state);
    this.#byName.set(name, [...this.named(name), state]);
  }

  rename(state: SwitchState, before: string, after: string): void {
    this.#unname(state, before);
    this.#byName.set(after, [...this.named(after), state]);
  }

  remove(state: SwitchState, name: string): void {
    this.#unname(state, name);
    this.#byUuid.delete(state.uuid);
  }

  /** A switch has the port now. Other switches that have it keep it. */
  join(portUuid: string, state: SwitchState): void {
    const found = this.#ofPort.get(portUuid);
    if (found === undefined) this.#ofPort.set(portUuid, state);
    else if (found !== state) this.#joinAnother(portUuid, state);
  }

  /** A switch does not have the port any more. */
  leave(portUuid: string, state: SwitchState): void {
    if (this.#ofPort.get(portUuid) === state) this.#ofPort.delete(portUuid);
    else this.#leaveOne(portUuid, state);
  }

  #joinAnother(portUuid: string, state: SwitchState): void {
    const before = this.ofPort(portUuid);
    if (!before.includes(state)) this.#place(portUuid, [...before, state]);
  }

  #leaveOne(portUuid: string, state: SwitchState): void {
    const before = this.ofPort(portUuid);
    const others = before.filter((other) => other !== state);
    if (others.length < before.length) this.#place(portUuid, others);
  }

  #place(portUuid: string, states: readonly SwitchState[]): void {
    const [only] = states;
    if (only === undefined) this.#ofPort.delete(portUuid);
    else this.#ofPort.set(portUuid, states.length === 1 ? only : states);
    if (states.length > 1) this.#onSeveral.add(portUuid);
    else this.#onSeveral.delete(portUuid);
  }

  #unname(state: SwitchState, name: string): void {
    const others = this.named(name).filter((other) => other !== state);
    if (others.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, others);
  }
}

function isOne(states: SwitchState | readonly SwitchState[]): states is SwitchState {
  return !Array.isArray(states);
}
