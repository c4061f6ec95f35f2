import { findIncompatibility } from "./schema/change.ts";
import type { SchemaObject } from "./schema/parts.ts";

/** A version that is there. */
export interface KnownVersion {
  readonly version: number;
  readonly schema: SchemaObject | null;
}

/** What is to be registered: absent version: the newest that there is, or the first. */
export interface WantedVersion {
  readonly version?: number | undefined;
  readonly schema: SchemaObject | null;
}

/** Which version a registration makes or changes; or why it cannot, to stand after `Cannot register type "x": `. */
export type VersionDecision = { readonly version: number } | { readonly conflict: string };

/** Decides by what is there already, the oldest first: a version's schema never changes so that anybody would notice. */
export function decideVersion(known: readonly KnownVersion[], wanted: WantedVersion): VersionDecision {
  const newest = known.at(-1)?.version ?? 0;
  const { version = Math.max(newest, 1), schema } = wanted;
  const before = known.find((one) => one.version === version);
  if (before) {
    const change = findChange(before.schema, schema);
    if (!change) return { version };
    const next = `register it as version ${newest + 1}`;
    return { conflict: `in version ${version} ${change}, which is not compatible; ${next}` };
  }
  if (version === newest + 1) return { version };
  const reason = newest === 0 ? "the first is 1" : `the newest is ${newest}, the next is ${newest + 1}`;
  return { conflict: `version ${version} is neither there nor the next one; ${reason}` };
}

function findChange(before: SchemaObject | null, after: SchemaObject | null): string | undefined {
  if (before === null || after === null) {
    if (before === after) return undefined;
    return before === null ? "/schema is new" : "/schema is not there any more";
  }
  const found = findIncompatibility(before, after);
  return found && `${found.pointer} ${found.reason}`;
}
