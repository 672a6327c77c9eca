import type { ViewError } from "#src/view/contract/view-event.ts";

/** An answer of the server, or the reason for which there is none. */
export type PageAnswer<T> =
  | { readonly kind: "waits" }
  | { readonly kind: "told"; readonly value: T }
  | { readonly kind: "failed"; readonly status: number; readonly code: string; readonly message: string };

/** Asks the server for one thing. It never throws: a request that fails is an answer too, with status 0 without a response. */
export async function ask<T>(path: string, signal: AbortSignal): Promise<PageAnswer<T>> {
  try {
    const response = await fetch(path, { signal, headers: { accept: "application/json" } });
    if (response.ok) return { kind: "told", value: (await response.json()) as T };
    const { code, message } = await readError(response);
    return { kind: "failed", status: response.status, code, message };
  } catch (error) {
    return {
      kind: "failed",
      status: 0,
      code: "Unreachable",
      message: `The server cannot be reached: ${String(error)}`,
    };
  }
}

/** A proxy between may answer with something else than the server's error. */
async function readError(response: Response): Promise<ViewError> {
  const code = `HTTP ${response.status}`;
  try {
    const body = (await response.json()) as Partial<ViewError>;
    return { code: body.code ?? code, message: body.message ?? response.statusText };
  } catch {
    return { code, message: response.statusText };
  }
}
