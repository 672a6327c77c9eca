/** The names of our webhook configurations in every installation: those of deploy/base/*-webhook.yaml. */
export const configurations = { mutating: "zz-ovn4nfv", validating: "ovn4nfv" } as const;
