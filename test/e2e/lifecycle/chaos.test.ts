import { chaosTest } from "#test/chaos/chaos-test.ts";

chaosTest("80 pods survive, or end with, everything that may happen to controllers and rows; npm run soak has 1,000", {
  pods: 80,
  forced: 6,
  robbed: 5,
  strays: 5,
});
