import type { SwitchState } from "./switch-state.ts";

/** Finds the switches of NB by UUID and by name, and the switch that a port is on. */
export class SwitchDirectory {
  readonly #byUuid = new Map<string, SwitchState>();
  readonly #byName = new Map<string, readonly SwitchState[]>();
  readonly #ofPort = new Map<string, SwitchState>();

  /** The switches of this name. More than one is somebody's mistake, which a refusal must tell. */
  named(name: string): readonly SwitchState[] {
    return this.#byName.get(name) ?? [];
  }

  /** The switch of this UUID, whatever name it has by now. */
  with(uuid: string): SwitchState | undefined {
    return this.#byUuid.get(uuid);
  }

  all(): IterableIterator<SwitchState> {
    return this.#byUuid.values();
  }

  /** The switch that a port is on. */
  ofPort(portUuid: string): SwitchState | undefined {
    return this.#ofPort.get(portUuid);
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

  placePort(portUuid: string, state: SwitchState): void {
    this.#ofPort.set(portUuid, state);
  }

  removePort(portUuid: string): void {
    this.#ofPort.delete(portUuid);
  }

  #unname(state: SwitchState, name: string): void {
    const others = this.named(name).filter((other) => other !== state);
    if (others.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, others);
  }
}
