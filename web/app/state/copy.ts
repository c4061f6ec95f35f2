import { createSignal } from "solid-js";

/** Copying a field's text. */
export interface Copy {
  /** `failed`: the browser lets nobody copy; the text is selected, to be copied by hand. */
  state(): "idle" | "copied" | "failed";
  run(field: HTMLInputElement): Promise<void>;
}

/** Creates a {@linkcode Copy}. */
export function createCopy(): Copy {
  const [state, setState] = createSignal<"idle" | "copied" | "failed">("idle");
  const run = async (field: HTMLInputElement) => {
    field.select();
    setState((await write(field.value)) ? "copied" : "failed");
  };
  return { state, run };
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Over plain http browsers hide the clipboard, and still copy what is selected.
    return document.execCommand("copy");
  }
}
