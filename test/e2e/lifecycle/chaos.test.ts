import { chaosTest } from "#test/chaos/chaos-test.ts";

chaosTest("200 pods survive, or end with, everything that may happen to controllers and rows; npm run soak has 1,000", {
  pods: 200,
  forced: 10,
  robbed: 8,
  strays: 6,
});
