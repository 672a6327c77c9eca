import { chaosTest } from "#test/chaos/chaos-test.ts";

chaosTest("1,000 pods survive, or end with, everything that may happen to controllers and rows", {
  pods: 1_000,
  forced: 50,
  robbed: 20,
  strays: 10,
});
