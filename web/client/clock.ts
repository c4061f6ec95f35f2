/** Unix milliseconds by this machine's clock. */
export const systemNow = (): number => Date.now();
