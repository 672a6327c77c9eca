/** The finalizer by which a claim waits until its addresses are free. */
export const claimFinalizer = "k8s.plugin.opnfv.org/ipam-claim";

/** The annotation of a claim that says which addresses of ours it has, beyond what the standard has fields for. */
export const keptAnnotation = "k8s.plugin.opnfv.org/kept";

/**
 * The annotation of a claim that we made for a replica of a StatefulSet. It says what becomes of the claim when the set no longer has
 * the replica: `Retain` or `Delete`.
 */
export const whenScaledAnnotation = "k8s.plugin.opnfv.org/when-scaled";
