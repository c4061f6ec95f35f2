/** scripts/bench/load/ holds what runs in the load's processes. This file is the notification that all cases publish. */
import { sharedNow } from "../calls.ts";

/**
 * Stands once in each notification, before its time of publishing. In UTF-8 its second byte occurs nowhere else, so
 * that a reader counts notifications by looking for one byte.
 */
const MARK = "§";
/** The byte that readers look for. */
export const MARK_BYTE = 0xa7;
/** Digits of the time (µs) that follow the mark. */
export const TIME_DIGITS = 16;
/** Makes a frame of the typed stream about 300 bytes long. */
const PADDING = 58;

/** The title that carries the time of this moment. */
export function stampedTitle(): string {
  return MARK + sharedNow().toString().padStart(TIME_DIGITS, "0");
}

/** A notification for a channel, as a publisher writes it. */
export function draftFor(channel: string, padding = PADDING): { channel: string; title: string; message: string } {
  return { channel, title: stampedTitle(), message: "x".repeat(padding) };
}
