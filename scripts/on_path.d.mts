/** The path of a program; undefined when it is not installed. */
export function findOnPath(name: string): string | undefined;
