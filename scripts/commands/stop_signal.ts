/** npm passes a Ctrl-C on that the terminal has sent already: a second signal this soon, in ms, is the same one. */
const SAME = 500;

/** Resolves with the first signal to stop. A second one ends the process at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    first ??= Date.now();
    if (Date.now() - first > SAME) process.exit(signal === "SIGINT" ? 130 : 143);
    resolve(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return promise;
}
