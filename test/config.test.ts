import { writeFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, readConfig } from "../server/config.ts";
import { makeTempFolder } from "./_temp.ts";

test("readConfig() of an empty environment gives the documented defaults", () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    host: "127.0.0.1",
    port: 8787,
    publicUrl: undefined,
    adminToken: undefined,
    allowedOrigins: [],
    logLevel: "info",
    heartbeat: 30_000,
    maxMessageBytes: 16_384,
    maxDataBytes: 65_536,
  });
  expect(isAbsolute(config.data)).toBe(true);
});

test.each([
  ["BELFRY_PORT", "http", "port"],
  ["BELFRY_PORT", "70000", "70000"],
  ["BELFRY_PUBLIC_URL", "ftp://example.com", "http or https"],
  ["BELFRY_ALLOWED_ORIGINS", "https://a.example/", "origins"],
  ["BELFRY_ALLOWED_ORIGINS", "*", "origins"],
  ["BELFRY_LOG_LEVEL", "loud", "loud"],
  ["BELFRY_HEARTBEAT", "0", "BELFRY_HEARTBEAT"],
  ["BELFRY_MAX_DATA", "-1", "BELFRY_MAX_DATA"],
])("readConfig() refuses %s=%s and says what it must be", (name, value, word) => {
  expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
  expect(() => readConfig({ [name]: value })).toThrow(name);
  expect(() => readConfig({ [name]: value })).toThrow(word);
});

test("readConfig() refuses a short admin token without showing it", () => {
  const refuse = () => readConfig({ BELFRY_ADMIN_TOKEN: "too-short-a-token" });
  expect(refuse).toThrow("BELFRY_ADMIN_TOKEN must have at least 32 characters");
  expect(refuse).not.toThrow("too-short-a-token");
});

test("readConfig() takes a secret from a file, without the line break at its end", () => {
  using folder = makeTempFolder();
  const file = `${folder.path}/token`;
  const token = "from-a-file-0123456789-0123456789-0123";
  writeFileSync(file, `${token}\n`);
  expect(readConfig({ BELFRY_ADMIN_TOKEN_FILE: file }).adminToken).toBe(token);
  expect(() => readConfig({ BELFRY_ADMIN_TOKEN_FILE: `${file}.missing` })).toThrow(`${file}.missing`);
});

test("readConfig() refuses a setting that it does not know, so that a typing error is never lost", () => {
  expect(() => readConfig({ BELFRY_PROT: "80" })).toThrow("BELFRY_PROT");
});
