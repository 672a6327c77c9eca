import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { readMetric } from "#tools/process/metric.ts";

test("the samples of one metric are read, and none of another whose name begins like it", async () => {
  const text = 'depth{name="a"} 3\ndepth{name="b"} 0.5\ndepth_total{name="a"} 9\nup 1\n';
  const server = createServer((_, answer) => void answer.end(text)).listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    assert.deepEqual(
      [...(await readMetric(port, "depth"))],
      [
        ['name="a"', 3],
        ['name="b"', 0.5],
      ],
    );
    assert.deepEqual([...(await readMetric(port, "up"))], [["", 1]]);
  } finally {
    server.close();
  }
});
