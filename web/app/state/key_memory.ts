import type { Notification } from "../../client/mod.ts";
import { keyOf } from "./entries.ts";

/** Most notifications of one key that are remembered. */
const MOST = 100;

/** Which messages had the same key: those that were replaced are not on screen to be read by themselves. */
export interface KeyMemory {
  note(notification: Notification): void;
  /** Ids of those that a notification replaced. */
  replacedBy(notification: Notification): number[];
  forget(): void;
}

/** Creates a {@linkcode KeyMemory}. */
export function createKeyMemory(): KeyMemory {
  const ids = new Map<string, number[]>();
  const known = (notification: Notification) => ids.get(keyOf(notification)) ?? [];
  return {
    note: (notification) => {
      if (notification.key === undefined || notification.event !== "notification") return;
      const all = new Set([...known(notification), notification.id]);
      ids.set(keyOf(notification), [...all].sort((one, other) => one - other).slice(-MOST));
    },
    replacedBy: (notification) =>
      notification.key === undefined
        ? []
        : known(notification)
            .filter((id) => id < notification.id)
            .reverse(),
    forget: () => ids.clear(),
  };
}
