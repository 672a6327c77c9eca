/** The words that may stand behind `keys`. */
export const keyActions = ["list", "rotate", "revoke"] as const;
