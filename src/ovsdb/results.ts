/** Result of one operation: `insert` has `uuid`, `update`, `mutate` and `delete` have `count`, `select` has `rows`. */
export interface OperationResult {
  readonly uuid?: string;
  readonly count?: number;
  /** Rows in wire notation; see `selectedRows`. */
  readonly rows?: readonly unknown[];
}
