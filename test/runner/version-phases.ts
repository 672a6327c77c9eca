import { ovnSuites } from "#tools/ovn/ovn-suites.ts";
import { kubernetesCore } from "./kubernetes-core.ts";
import { ovnCore } from "./ovn-core.ts";
import { type Phase, testPhases } from "./phases.ts";

const minuteMs = 60_000;

/**
 * The phases of `npm run soak -- versions`: everything that starts real programs on each OVN, the core first, and the
 * core of Kubernetes on each control plane.
 */
export function versionPhases(kubernetes: readonly string[]): readonly Phase[] {
  const real = { real: true, concurrency: 3, repeats: true } as const;
  const onOvn = ovnSuites.flatMap((ovn): readonly Phase[] => [
    { ...real, name: `core-${ovn}`, glob: ovnCore, timeoutMs: 15 * minuteMs, ovn },
    ...testPhases
      .filter((phase) => phase.real === true && phase.ovn === undefined)
      .map((phase): Phase => ({ ...phase, name: `${phase.name}-${ovn}`, repeats: true, ovn })),
  ]);
  const onKubernetes = kubernetes.map((version): Phase => {
    const name = `kubernetes-${version.split(".").slice(0, 2).join(".").replace("v", "")}`;
    return { ...real, name, glob: kubernetesCore, timeoutMs: 15 * minuteMs, kubernetes: version };
  });
  return [...onOvn, ...onKubernetes];
}
