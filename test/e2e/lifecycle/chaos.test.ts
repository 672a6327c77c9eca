import { chaosTest } from "#test/chaos/chaos-test.ts";

chaosTest("120 pods survive, or end with, everything that may happen to controllers and rows; npm run soak has 1,000", {
  pods: 120,
  forced: 8,
  robbed: 6,
  strays: 6,
});
