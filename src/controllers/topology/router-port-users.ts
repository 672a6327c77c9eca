/** Says which ProviderNetworks are to have a port of the router. The controller of chains is one. */
export interface RouterPortUsers {
  /** Their UIDs; undefined while nobody can say. */
  readonly ends: ReadonlySet<string> | undefined;
  /** Calls `listener` when they are others than before. The returned function removes it. */
  readonly onChange: (listener: () => void) => () => void;
}
