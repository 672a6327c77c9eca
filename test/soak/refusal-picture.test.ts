// Takes the picture of a terminal in which kubectl is told what to write instead: docs/images/refusal.png, for the README.
// `npm run soak -- picture` renews it and those of the page.
import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { browserPrograms, ensurePrograms } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { openBrowser } from "#test/stacks/page/open-browser.ts";

const style =
  "margin:0;padding:20px 24px;width:860px;background:#0d1117;color:#e6edf3;font:14px/1.55 'DejaVu Sans Mono',monospace;white-space:pre-wrap";

it("a refusal in a terminal names the cure", { skip: whyToolsAreMissing(controlPlaneTools) }, async () => {
  await ensurePrograms(browserPrograms);
  await using stack = await AdmissionStack.start();
  await stack.addSwitch("blue", "10.10.0.0/24");
  const annotations = request({ name: "blue", ipAddress: "10.20.0.7" });
  const input = JSON.stringify(podManifest({ name: "firewall", annotations }));
  const { code, stderr } = await stack.plane.kubectl.run(["apply", "-f", "-"], { input });
  assert.notEqual(code, 0);
  // kubectl names standard input, where people name the file.
  const said = stderr.trim().replaceAll('"STDIN"', '"firewall.yaml"');
  assert.match(said, /10\.20\.0\.7.*10\.10\.0\.0\/24/s);
  const browser = await openBrowser();
  const page = await browser.newPage({ deviceScaleFactor: 1.5 });
  const shown = [
    "$ grep nfn-network -A1 firewall.yaml",
    "    k8s.plugin.opnfv.org/nfn-network: |",
    `      ${Object.values(annotations)[0] ?? ""}`,
    "$ kubectl apply -f firewall.yaml",
    said,
  ];
  const text = shown.join("\n").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  await page.setContent(`<body style="margin:0"><pre style="${style}">${text}</pre>`);
  const terminal = page.locator("pre");
  await terminal.screenshot({ path: join(root, "docs/images/refusal.png") });
  await browser.close();
});
