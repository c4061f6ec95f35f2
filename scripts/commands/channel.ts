import { defineCommand } from "citty";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection } from "./connection.ts";
import { printable } from "./screen.ts";

const json = { type: "boolean", description: "Print JSON" } as const;

const create = defineCommand({
  meta: { name: "create", description: "Make a channel" },
  args: {
    name: { type: "positional", required: true, description: "Its name" },
    description: { type: "string", description: "What it is for", valueHint: "text" },
    ...hubArgs,
    json,
  },
  async run({ args }) {
    const { name, description } = args;
    const made = await callHub(readConnection(args, "create a channel"), "create a channel", (hub) =>
      hub.trpc.channels.create.mutate({ name, ...(description && { description }) }),
    );
    console.log(args.json ? JSON.stringify(made) : made.name);
  },
});

const list = defineCommand({
  meta: { name: "list", description: "List the channels" },
  args: { ...hubArgs, json },
  async run({ args }) {
    const rows = await callHub(readConnection(args, "list channels"), "list channels", (hub) =>
      hub.trpc.channels.list.query(),
    );
    if (args.json) console.log(JSON.stringify(rows));
    else for (const { name, description } of rows) console.log(`${name.padEnd(24)}  ${printable(description)}`);
  },
});

/** `belfry channel` */
export const channel = defineCommand({
  meta: { name: "channel", description: "Make and list channels" },
  subCommands: { create, list },
});
