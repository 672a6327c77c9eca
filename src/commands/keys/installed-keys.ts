/** The objects of an installation that hold the keys of the token. */
export const installedKeys = { secret: "ovn4nfv-token-keys", configMap: "ovn4nfv-token-public-keys" } as const;
