/** Where compiled modules are kept, as a path. */
export const COMPILE_CACHE: string;
/** Keeps what this process, its threads and its children compile for the next start, where the folder can be written. */
export function keepCompiled(): void;
