/** A place in a JSON document after another: `/data` and `a/b` make `/data/a~1b` (RFC 6901). */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** What a reference within a document, `#` or `#/a/b`, points to; undefined: nothing, or no such reference. */
export function resolveReference(root: unknown, reference: string): unknown {
  if (reference === "#") return root;
  if (!reference.startsWith("#/")) return undefined;
  let value = root;
  for (const part of reference.slice(2).split("/")) {
    const key = decode(part);
    if (typeof value !== "object" || value === null || key === undefined || !Object.hasOwn(value, key))
      return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return undefined;
  }
}
