import assert from "node:assert/strict";
import { test } from "node:test";
import { pathOfQuery, suggestPods, type TraceQuery, whyNotAsked } from "#page/trace/trace-query.ts";

const query: TraceQuery = { from: "shop/web-0", to: "shop/db-0/net1", proto: "icmp", port: "80" };

test("a query that the server cannot mean is not asked, and says what is missing", () => {
  assert.equal(whyNotAsked(query), undefined);
  assert.match(whyNotAsked({ ...query, from: "web-0" }) ?? "", /^From is a pod/);
  assert.match(whyNotAsked({ ...query, to: " " }) ?? "", /^To is/);
  assert.match(whyNotAsked({ ...query, proto: "tcp", port: "70000" }) ?? "", /1 to 65535/);
});

test("a request has a port only where the protocol has one", () => {
  assert.equal(pathOfQuery(query), "api/trace?from=shop%2Fweb-0&to=shop%2Fdb-0%2Fnet1&proto=icmp");
  assert.match(pathOfQuery({ ...query, proto: "udp" }), /proto=udp&port=80$/);
});

test("of many pods the first ones that have what was typed are suggested", () => {
  const pods = Array.from({ length: 50 }, (_, at) => ({ namespace: "shop", name: `web-${at}` }));
  assert.equal(suggestPods(pods, "web").length, 20);
  assert.deepEqual(suggestPods(pods, "web-49"), ["shop/web-49"]);
});
