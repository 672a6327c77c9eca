/** The names that the API server takes for most objects (RFC 1123 subdomain). Nothing else can be the name of a Network. */
export const objectNamePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
