import { useQueryClient } from "@tanstack/solid-query";
import type { Channel } from "./channels.ts";
import { createForm, type Form } from "./form.ts";
import { type Answers, useHub } from "./hub.ts";

/** What the form of a channel's settings holds. */
export interface SettingsFields extends Record<string, string> {
  description: string;
  /** `limited` by days, count or both; or `forever`. */
  keep: string;
  days: string;
  count: string;
}

type Settings = Pick<Channel, "description" | "retention">;

/** A channel's settings as the form holds them. */
export function toSettings({ description, retention }: Settings): SettingsFields {
  if (retention === "forever") return { description, keep: "forever", days: "", count: "" };
  const { days, count } = retention;
  return { description, keep: "limited", days: `${days ?? ""}`, count: `${count ?? ""}` };
}

/** Says what is wrong with each field before anything is sent. */
export function checkSettings({ keep, days, count }: SettingsFields): Partial<SettingsFields> {
  if (keep === "forever") return {};
  const isNumber = (text: string) => !text || /^[1-9]\d*$/.test(text);
  return {
    ...(!days && !count && { days: "Give days, a count, or both" }),
    ...(!isNumber(days) && { days: "Must be a whole number from 1" }),
    ...(!isNumber(count) && { count: "Must be a whole number from 1" }),
  };
}

/** Says in words how much of a channel is kept. */
export function describeRetention(retention: Channel["retention"]): string {
  if (retention === "forever") return "everything, forever";
  const { days, count } = retention;
  return [days && `${days} days`, count && `the newest ${count}`].filter(Boolean).join(", at most ");
}

/** Creates the form that says what a channel is for, and how much of it is kept. */
export function createSettings(channel: Channel): Form<SettingsFields, Answers["channels"]["update"]> {
  const hub = useHub();
  const client = useQueryClient();
  return createForm<SettingsFields, Answers["channels"]["update"]>({
    initial: toSettings(channel),
    check: checkSettings,
    submit: async ({ description, keep, days, count }) => {
      const limits = { ...(days && { days: Number(days) }), ...(count && { count: Number(count) }) };
      const retention = keep === "forever" ? keep : limits;
      const answer = await hub.trpc.channels.update.mutate({
        name: channel.name,
        description: description.trim(),
        retention,
      });
      void client.invalidateQueries({ queryKey: ["channels"] });
      return answer;
    },
    paths: { "retention.days": "days", "retention.count": "count", retention: "days" },
  });
}
