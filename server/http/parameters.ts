/** A query parameter that lists names, `a,b`, as an input's array; nothing when it is absent or empty. */
export function listParameter(name: string, value: string | undefined): Record<string, string[]> {
  const names = value?.split(",").map((part) => part.trim());
  if (!names) return {};
  return { [name]: names.filter((part) => part !== "") };
}

/** A query parameter that is a number; left as text when it is none, so that the schema says what is wrong with it. */
export function numberParameter(name: string, value: string | undefined): Record<string, number | string> {
  if (value === undefined) return {};
  return { [name]: value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value) };
}

/** A query parameter that is yes or no; left as text when it is neither, so that the schema says what is wrong with it. */
export function booleanParameter(name: string, value: string | undefined): Record<string, boolean | string> {
  if (value === undefined) return {};
  return { [name]: value === "true" ? true : value === "false" ? false : value };
}

/** A query parameter that is a time: unix ms as a number; of `+10m` the form decoding made the sign a space. */
export function momentParameter(name: string, value: string | undefined): Record<string, number | string> {
  if (value === undefined) return {};
  return { [name]: /^\d{12,15}$/.test(value) ? Number(value) : value.replace(/^ /, "+") };
}

/** The id in a path, as an input's number; left as text when it is none, so that the schema says what is wrong with it. */
export function idParameter(value = ""): Record<string, number | string> {
  return { id: /^\d{1,15}$/.test(value) ? Number(value) : value };
}
