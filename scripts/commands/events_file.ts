import type { TypeView } from "../../server/catalogue/type_view.ts";
import { type TypeNames, writeComment, writeName, writeSchema } from "./typescript_types.ts";

/** What of a type stands in the file. */
export type PulledType = Pick<TypeView, "name" | "version" | "description" | "schema">;

const HEAD = '// The types of a hub, as "belfry types pull" wrote them: for createHub<Events>().\n\n';

/** Writes a declaration file with an interface `Events`: the `data` of each type, by name. */
export function writeEventsFile(types: readonly PulledType[]): string {
  const taken = new Set(["Array", "Events", "Record"]);
  const members: string[] = [];
  const aliases: string[] = [];
  for (const { name, version, description, schema } of types) {
    const about = { description: [description, `Version ${version}.`].filter(Boolean).join("\n") };
    const written = schema && writeSchema(schema, namesFor(name, taken));
    const type = written?.type.replaceAll("\n", "\n  ") ?? "unknown";
    members.push(`${writeComment(about, "  ")}  ${writeName(name)}: ${type};\n`);
    for (const [alias, text] of written?.aliases ?? []) aliases.push(`type ${alias} = ${text};\n`);
  }
  const notes = aliases.length > 0 ? `\n${aliases.join("\n")}` : "";
  return `${HEAD}/** What \`data\` each type has. */\nexport interface Events {\n${members.join("")}}\n${notes}`;
}

/** `order.created` and `#/$defs/Item` make `OrderCreatedItem`, with a number where that is taken. */
function namesFor(name: string, taken: Set<string>): TypeNames {
  const alias = (reference: string): string => {
    const base = pascal(`${name} ${reference.split("/").at(-1) ?? ""}`);
    let made = base;
    for (let n = 2; taken.has(made); n += 1) made = `${base}${n}`;
    taken.add(made);
    return made;
  };
  return { self: `Events[${JSON.stringify(name)}]`, alias };
}

function pascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `Type${joined}`;
}
