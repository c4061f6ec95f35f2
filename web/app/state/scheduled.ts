/** Cache key of the notifications that wait for their time. */
export const SCHEDULED = ["scheduled"] as const;
