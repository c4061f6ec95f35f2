import { defineConfig } from "drizzle-kit";

/** Where `npm run migration` finds the tables and puts the next migration. */
export default defineConfig({ dialect: "sqlite", schema: "./db/schema.ts", out: "./db/migrations" });
