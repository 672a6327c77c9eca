import type { KeyObject } from "node:crypto";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { encodeSecretData } from "#src/kube/client/object-data.ts";
import { resources } from "#src/kube/client/resources.ts";
import { type KeyRing, keyFields, newTokenKey, printPublicKey, readKeyRing, readPublishedKeys } from "./key-ring.ts";

/** The objects that hold the keys. */
export interface KeyPlaces {
  readonly namespace: string;
  readonly secret: string;
  readonly configMap: string;
}

/** The Secret and the ConfigMap, as they were read. */
export interface StoredKeys {
  readonly secret: KubeObject | undefined;
  readonly configMap: KubeObject | undefined;
  readonly ring: KeyRing | undefined;
  readonly published: ReadonlyMap<string, KeyObject>;
}

/**
 * Reads and changes the Secret and the ConfigMap. A change applies only to the object as it was read. A result of false means
 * that another process changed it first, and that the caller reads again.
 */
export class KeyStore {
  readonly secret: NamedObject;
  readonly configMap: NamedObject;
  readonly #clock: Clock;

  constructor(client: ApiClient, { namespace, secret, configMap }: KeyPlaces, clock: Clock) {
    this.secret = new NamedObject(client, resources.secrets, { namespace, name: secret });
    this.configMap = new NamedObject(client, resources.configMaps, { namespace, name: configMap });
    this.#clock = clock;
  }

  async read(options: CallOptions): Promise<StoredKeys> {
    // The public keys are read first. So a key that is revoked between the two reads is missing in the Secret, and is not
    // published again.
    const configMap = await this.configMap.read(options);
    const secret = await this.secret.read(options);
    return {
      secret,
      configMap,
      ring: secret && readKeyRing(secret),
      published: configMap === undefined ? new Map() : readPublishedKeys(configMap),
    };
  }

  /** Makes the first key, which signs. */
  async create({ secret }: StoredKeys, options: CallOptions): Promise<boolean> {
    const { kid, entries } = await newTokenKey(this.#clock.now());
    return this.secret.write(secret, { data: encodeSecretData({ ...entries, [keyFields.signing]: kid }) }, options);
  }

  /** Makes the key that is to sign next. Resolves with its kid, or with undefined when another process was first. */
  async addNext({ secret }: StoredKeys, options: CallOptions): Promise<string | undefined> {
    const { kid, entries } = await newTokenKey(this.#clock.now());
    const isWritten = await this.secret.write(secret, { data: encodeSecretData(entries) }, options);
    return isWritten ? kid : undefined;
  }

  /** Publishes the public part of every key of the Secret. Resolves with true when there was nothing to do. */
  async publish({ configMap, ring, published }: StoredKeys, options: CallOptions): Promise<boolean> {
    const missing = [...(ring?.keys ?? [])].filter(([kid]) => !published.has(kid));
    if (missing.length === 0) return true;
    const data: Record<string, string> = {};
    for (const [kid, { privateKey }] of missing) data[keyFields.pem(kid)] = printPublicKey(privateKey);
    await this.configMap.write(configMap, { data }, options);
    return false;
  }

  /** Makes this key the one that signs. All other private keys are deleted. */
  promote({ secret, ring }: StoredKeys, kid: string, options: CallOptions): Promise<boolean> {
    const others = [...(ring?.keys.keys() ?? [])].filter((other) => other !== kid);
    const data = encodeSecretData({ [keyFields.signing]: kid, ...withoutKeys(others) });
    return this.secret.write(secret, { data }, options);
  }

  /** Removes keys that do not sign: those that were to sign next, and those that signed before. */
  async remove(
    { secret, configMap, ring }: StoredKeys,
    kids: readonly string[],
    options: CallOptions,
  ): Promise<boolean> {
    const waiting = kids.filter((kid) => ring?.keys.has(kid));
    if (waiting.length > 0) {
      if (!(await this.secret.write(secret, { data: encodeSecretData(withoutKeys(waiting)) }, options))) return false;
    }
    const data = Object.fromEntries(kids.map((kid) => [keyFields.pem(kid), null]));
    return configMap === undefined || this.configMap.write(configMap, { data }, options);
  }
}

function withoutKeys(kids: readonly string[]): Record<string, undefined> {
  return Object.fromEntries(
    kids.flatMap((kid) => [keyFields.pem(kid), keyFields.created(kid)]).map((field) => [field, undefined]),
  );
}
