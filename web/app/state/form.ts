import { createSignal } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import { type Problem, reasonOf, toProblem } from "./problem.ts";

/** A form of text fields: its values, what is wrong with them, and its sending. */
export interface Form<Fields extends Record<string, string>, Result> {
  readonly values: Readonly<Fields>;
  set(name: keyof Fields & string, value: string): void;
  /** What is wrong with a field, by our rules or the hub's. */
  error(name: keyof Fields & string): string | undefined;
  /** What is wrong with the whole; empty when nothing is. */
  problem(): string;
  isSending(): boolean;
  /** What the last sending gave; undefined before, and again while the next is under way. */
  result(): Result | undefined;
  /** Checks and sends; resolves to whether it went well. Errors are kept as data. */
  send(): Promise<boolean>;
  /** Back to the first values. */
  reset(): void;
}

/** What a form is made of. */
export interface FormOptions<Fields extends Record<string, string>, Result> {
  readonly initial: Fields;
  /** The rules that need no hub. */
  readonly check: (values: Fields) => Partial<Record<keyof Fields, string>>;
  readonly submit: (values: Fields) => Promise<Result>;
  /** The field that a refusal is about, when only its words or its code tell. */
  readonly fieldOf?: (problem: Problem, values: Fields) => (keyof Fields & string) | undefined;
  /** Fields by the paths that the hub calls them, where those differ. */
  readonly paths?: Readonly<Record<string, keyof Fields & string>>;
}

/** Creates a {@linkcode Form}. */
export function createForm<Fields extends Record<string, string>, Result>(
  options: FormOptions<Fields, Result>,
): Form<Fields, Result> {
  const [values, setValues] = createSignal<Fields>(options.initial);
  const [errors, setErrors] = createStore<Record<string, string | undefined>>({});
  const [problem, setProblem] = createSignal("");
  const [isSending, setSending] = createSignal(false);
  const [result, setResult] = createSignal<Result>();

  const send = async () => {
    if (isSending()) return false;
    setResult(undefined);
    setProblem("");
    const faults = options.check(values());
    setErrors(reconcile({ ...faults }));
    if (Object.keys(faults).length > 0) return false;
    setSending(true);
    try {
      const value = await options.submit(values());
      setResult(() => value);
      return true;
    } catch (error) {
      const refusal = toProblem(error);
      const { message, fields } = refusal;
      const field = options.fieldOf?.(refusal, values());
      const known = field ? { [field]: reasonOf(message) } : faultsByField(fields, options);
      setErrors(reconcile(known));
      if (Object.keys(known).length === 0) setProblem(message);
      return false;
    } finally {
      setSending(false);
    }
  };

  return {
    get values() {
      return values();
    },
    set: (name, value) => {
      setValues((old) => ({ ...old, [name]: value }));
      setErrors(name, undefined);
    },
    error: (name) => errors[name],
    problem,
    isSending,
    result,
    send,
    reset: () => {
      setValues(() => options.initial);
      setErrors(reconcile({}));
      setProblem("");
      setResult(undefined);
    },
  };
}

/** The hub's faults by field, several of one in a line each; those of no field are left out. */
function faultsByField<Fields extends Record<string, string>>(
  faults: Readonly<Record<string, string>>,
  { initial, paths = {} }: Pick<FormOptions<Fields, unknown>, "initial" | "paths">,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [path, fault] of Object.entries(faults)) {
    // A fault deep in a field, such as `patterns.0` or `/data/items/0`, belongs to the field.
    const [first = path, ...rest] = path.replace(/^\//, "").split(/[./]/);
    const field = paths[path] ?? paths[first] ?? first;
    if (!Object.hasOwn(initial, field)) continue;
    const line = path.startsWith("/") && rest.length > 0 ? `/${rest.join("/")}: ${fault}` : fault;
    found[field] = field in found ? `${found[field]}\n${line}` : line;
  }
  return found;
}
