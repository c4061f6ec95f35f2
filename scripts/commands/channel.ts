import { defineCommand } from "citty";
import { PERMISSIONS, type Permission } from "../../server/rules/access.ts";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection } from "./connection.ts";
import { UsageError } from "./failure.ts";
import { describeKeep, keepArgs, type Retention, readKeep } from "./keep_args.ts";
import { printable } from "./screen.ts";

const json = { type: "boolean", description: "Print JSON" } as const;

const create = defineCommand({
  meta: { name: "create", description: "Make a channel" },
  args: {
    name: { type: "positional", required: true, description: "Its name" },
    description: { type: "string", description: "What it is for", valueHint: "text" },
    private: { type: "boolean", description: "Only for admins and those whom you grant it (default: everyone reads)" },
    ...keepArgs,
    ...hubArgs,
    json,
  },
  async run({ args }) {
    const { name, description } = args;
    const read = args.private ? "nobody" : "everyone";
    const retention = readKeep(args, ["belfry", "channel", "create"]);
    const made = await callHub(readConnection(args, "create a channel"), "create a channel", (hub) =>
      hub.trpc.channels.create.mutate({
        ...{ name, read },
        ...(description && { description }),
        ...(retention && { retention }),
      }),
    );
    console.log(args.json ? JSON.stringify(made) : made.name);
  },
});

const update = defineCommand({
  meta: { name: "update", description: "Say what a channel is for, and how much of it is kept" },
  args: {
    name: { type: "positional", required: true, description: "Its name" },
    description: { type: "string", description: "What it is for", valueHint: "text" },
    ...keepArgs,
    ...hubArgs,
    json,
  },
  async run({ args }) {
    const path = ["belfry", "channel", "update"];
    const { name, description } = args;
    const retention = readKeep(args, path);
    if (description === undefined && !retention) throw new UsageError("name something to change", path);
    const action = `change channel "${name}"`;
    const changed = await callHub(readConnection(args, action), action, (hub) =>
      hub.trpc.channels.update.mutate({
        name,
        ...(description !== undefined && { description }),
        ...(retention && { retention }),
      }),
    );
    console.log(args.json ? JSON.stringify(changed) : formatChannel(changed));
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
    else for (const row of rows) console.log(formatChannel(row));
  },
});

const grantArgs = {
  channel: { type: "positional", required: true, description: "The channel's name" },
  permission: { type: "positional", required: true, description: "read, publish or manage" },
  user: { type: "string", description: "For the user with this id or e-mail", valueHint: "id" },
  everyone: { type: "boolean", description: "For everyone signed in" },
  public: { type: "boolean", description: "For anybody, without signing in (read only)" },
  ...hubArgs,
} as const;

const grant = defineCommand({
  meta: { name: "grant", description: "Give a permission on a channel" },
  args: grantArgs,
  async run({ args }) {
    const given = readGrant(args, "grant");
    const connection = readConnection(args, "grant");
    const made = await callHub(connection, "grant", (hub) => hub.trpc.channels.grant.mutate(given));
    console.log(`${describe(made)} may ${given.permission} ${given.channel}`);
  },
});

const revoke = defineCommand({
  meta: { name: "revoke", description: "Take a permission on a channel back; open streams follow within a second" },
  args: grantArgs,
  async run({ args }) {
    const given = readGrant(args, "revoke");
    const action = "revoke a grant";
    const connection = readConnection(args, action);
    const taken = await callHub(connection, action, (hub) => hub.trpc.channels.revoke.mutate(given));
    console.log(`${given.channel}: the grant to ${given.permission} for ${describe(taken)} is revoked`);
  },
});

const grants = defineCommand({
  meta: { name: "grants", description: "List who may do what on a channel, beside the admins" },
  args: { channel: { type: "positional", required: true, description: "The channel's name" }, ...hubArgs, json },
  async run({ args }) {
    const action = "list the grants";
    const rows = await callHub(readConnection(args, action), action, (hub) =>
      hub.trpc.channels.grants.query({ name: args.channel }),
    );
    if (args.json) return console.log(JSON.stringify(rows));
    for (const row of rows) console.log(`${row.permission.padEnd(7)}  ${describe(row)}`);
  },
});

/** `belfry channel` */
export const channel = defineCommand({
  meta: { name: "channel", description: "Make and list channels, and say who may do what on them" },
  subCommands: { create, update, list, grant, revoke, grants },
});

function formatChannel(row: { readonly name: string; readonly description: string; readonly retention: Retention }) {
  const { name, description, retention } = row;
  return `${name.padEnd(24)}  ${describeKeep(retention).padEnd(12)}  ${printable(description)}`.trimEnd();
}

type GrantInput = { readonly channel: string } & (
  | { readonly permission: "read"; readonly audience: "public" }
  | { readonly permission: Permission; readonly audience: "everyone" }
  | { readonly permission: Permission; readonly audience: "user"; readonly userId: string }
);

interface GrantArgs {
  readonly channel: string;
  readonly permission: string;
  readonly user?: string | undefined;
  readonly everyone?: boolean | undefined;
  readonly public?: boolean | undefined;
}

function readGrant({ channel, user, everyone, ...args }: GrantArgs, command: string): GrantInput {
  const refuse = (reason: string) => new UsageError(reason, ["belfry", "channel", command]);
  const permission = PERMISSIONS.find((known) => known === args.permission);
  if (!permission) throw refuse(`PERMISSION must be one of ${PERMISSIONS.join(", ")}, is "${args.permission}"`);
  if ([user !== undefined, everyone, args.public].filter(Boolean).length !== 1) {
    throw refuse("say for whom: one of --user ID, --everyone, --public");
  }
  if (user !== undefined) return { channel, permission, audience: "user", userId: user };
  if (everyone) return { channel, permission, audience: "everyone" };
  if (permission !== "read") throw refuse("--public is for read only; whoever publishes or manages signs in");
  return { channel, permission, audience: "public" };
}

interface Grantee {
  readonly audience: string;
  readonly userId: string;
  readonly isKnown: boolean;
}

function describe({ audience, userId, isKnown }: Grantee): string {
  if (audience === "user") return `${printable(userId)}${isKnown ? "" : " (no user has this id yet)"}`;
  return audience === "public" ? "anybody" : "everyone signed in";
}
