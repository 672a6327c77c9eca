/** The finalizer by which a claim waits until its addresses are free. */
export const claimFinalizer = "k8s.plugin.opnfv.org/ipam-claim";

/** The annotation of a claim that says which addresses of ours it has, beyond what the standard has fields for. */
export const keptAnnotation = "k8s.plugin.opnfv.org/kept";
