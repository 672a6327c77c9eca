import assert from "node:assert/strict";
import { test } from "node:test";
import { FairShares } from "#webhooks/peers/fair-shares.ts";

test("a lone peer may have everything but the reserve, and a known one everything", () => {
  const shares = new FairShares(100, (peer) => peer === "known");
  assert.equal(shares.fits("stranger", 75), true);
  assert.equal(shares.fits("stranger", 76), false);
  assert.equal(shares.fits("known", 100), true);
  shares.change("known", 50);
  assert.equal(shares.fits("stranger", 51), false);
});

test("the heaviest peer is found among those that may give way; a known one weighs what is over the reserve", () => {
  const shares = new FairShares(100, (peer) => peer === "known");
  shares.change("known", 40);
  shares.change("large", 30);
  shares.change("small", 10);
  const anybody = () => true;
  assert.equal(shares.weight("known"), 15);
  assert.equal(shares.heaviest(anybody, 0), "large");
  assert.equal(
    shares.heaviest((peer) => peer !== "large", 10),
    "known",
  );
  assert.equal(shares.heaviest(anybody, 30), undefined);
  shares.change("large", -30);
  assert.equal(shares.total, 50);
});
