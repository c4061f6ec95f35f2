/** The real clock: unix milliseconds. Only main.ts and scripts/ name it; everything else is handed a `now`. */
export function systemNow(): number {
  return Date.now();
}
