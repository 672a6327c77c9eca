/**
 * These files have to pass on every version of Kubernetes: API machinery, admission through webhooks and policies, the life
 * of allocations, and networks. Control planes alone are tried: which kubelets run depends on containerd and the machine's cgroups.
 */
export const kubernetesCore: readonly string[] = [
  "test/integration/lab/kubernetes/control-plane.test.ts",
  "test/integration/kube/*.test.ts",
  "test/e2e/admission/admission.test.ts",
  "test/e2e/admission/refusals.test.ts",
  "test/e2e/lifecycle/guard.test.ts",
  "test/e2e/lifecycle/lifecycle.test.ts",
  "test/e2e/lifecycle/own-writes.test.ts",
  "test/e2e/lifecycle/requested-chassis.test.ts",
  "test/e2e/networks/networks.test.ts",
  "test/e2e/operator/check.test.ts",
];
