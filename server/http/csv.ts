import type { Notification } from "../rules/notification.ts";

/** The columns of an export, in their order. */
const COLUMNS = [
  ...["id", "timestamp", "channel", "event", "type", "typeVersion", "severity", "title", "message", "format", "link"],
  ...["icon", "tags", "key", "to", "sender", "ack", "original", "expiresAt", "read", "data"],
] as const;

/** The first line of a table. */
export const CSV_HEAD = `${COLUMNS.join(",")}\r\n`;

/** A notification as a line of a table (RFC 4180); lists with commas, `data` as JSON. */
export function toCsvLine(notification: Notification): string {
  const cells = COLUMNS.map((column) => {
    const value = notification[column as keyof Notification];
    if (column === "data") return cell(value === undefined ? "" : JSON.stringify(value));
    return cell(Array.isArray(value) ? value.join(",") : String(value ?? ""));
  });
  return `${cells.join(",")}\r\n`;
}

/** What makes a spreadsheet take a cell for a formula, which could call programs or send the sheet away. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
