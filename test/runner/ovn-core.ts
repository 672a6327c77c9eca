/**
 * These files have to pass on every OVN, and `npm test` tries the oldest and the newest: addresses are given out, settled among
 * three writers, bound and released; networks are made; pods on two chassis reach each other and the world; a restore is
 * survived; packets are traced, and copied by mirrors; and ovsdb-server sends updates before replies.
 */
export const ovnCore: readonly string[] = [
  "packages/ovsdb-client/test/integration/ordering.test.ts",
  "test/integration/controllers/controller-tables.test.ts",
  "test/integration/ipam/nb-allocator.test.ts",
  "test/integration/ipam/northd-addresses.test.ts",
  "test/integration/ipam/port-writes.test.ts",
  "test/integration/ipam/restored-cluster.test.ts",
  "test/integration/cni/agent/wiring.test.ts",
  "test/integration/cni/taps/tap-keeper.test.ts",
  "test/integration/commands/trace/trace.test.ts",
  "test/e2e/networks/gateway.test.ts",
];
