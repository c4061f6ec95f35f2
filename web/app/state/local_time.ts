/** What a `datetime-local` control holds, in the reader's own zone, as ISO 8601; undefined: nothing that is a time. */
export function fromLocal(text: string): string | undefined {
  const at = text ? new Date(text).getTime() : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** A time (unix ms) as a `datetime-local` control takes it: `2027-01-31T08:00`, in the reader's own zone. */
export function toLocal(at: number): string {
  const date = new Date(at);
  const two = (part: number) => `${part}`.padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
