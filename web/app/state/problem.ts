/** An error in words for people. */
export interface Problem {
  readonly message: string;
  /** What is wrong with each field, by its path. */
  readonly fields: Readonly<Record<string, string>>;
}

interface Issue {
  readonly path: string;
  readonly message: string;
}

interface Refusal {
  readonly message: string;
  readonly data?: { readonly code?: string; readonly issues?: readonly Issue[] } | null;
}

/** Says an error for people; what is no refusal of the hub's means that the hub was not reached. */
export function toProblem(error: unknown): Problem {
  const { message, data } = asRefusal(error);
  if (!data) return { message: "Cannot reach the hub. Check that it is running, then try again", fields: {} };
  const issues = data.issues ?? [];
  return { message, fields: Object.fromEntries(issues.map((issue) => [issue.path, forField(issue.message)])) };
}

/** Whether the hub refused because nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return asRefusal(error).data?.code === "UNAUTHORIZED";
}

function asRefusal(error: unknown): Refusal {
  return error instanceof Error ? (error as Refusal) : { message: String(error) };
}

/** Beside a field the value needs no repeating. */
function forField(message: string): string {
  const text = message.replace(/ \(got .*\)$/s, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
