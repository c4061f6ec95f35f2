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
  ["BELFRY_PORT", "tcp://10.0.0.1:8787", "enableServiceLinks: false"],
  ["BELFRY_PUBLIC_URL", "ftp://example.com", "http or https"],
  ["BELFRY_PUBLIC_URL", "https://example.com/hub", "without a path"],
  ["BELFRY_PUBLIC_URL", "https://example.com/?a=1", "without a path"],
  ["BELFRY_PUBLIC_URL", "https://me:secret@example.com", "without a path"],
  ["BELFRY_ALLOWED_ORIGINS", "https://a.example/", "origins"],
  ["BELFRY_ALLOWED_ORIGINS", "*", "origins"],
  ["BELFRY_LOG_LEVEL", "loud", "loud"],
  ["BELFRY_UNKNOWN_USERS", "ignore", "must be one of accept, refuse"],
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

test("readConfig() takes a public URL with and without a closing slash", () => {
  for (const url of ["https://hub.example.com", "https://hub.example.com/", "http://[::1]:8787"]) {
    expect(readConfig({ BELFRY_PUBLIC_URL: url }).publicUrl).toBe(url);
  }
});

test("readConfig() leaves alone what Kubernetes sets for services called belfry", () => {
  const links = {
    BELFRY_SERVICE_HOST: "10.0.0.1",
    BELFRY_SERVICE_PORT: "8787",
    BELFRY_SERVICE_PORT_HTTP: "8787",
    BELFRY_PORT_8787_TCP: "tcp://10.0.0.1:8787",
    BELFRY_PORT_8787_TCP_PROTO: "tcp",
    BELFRY_PORT_8787_TCP_PORT: "8787",
    BELFRY_PORT_8787_TCP_ADDR: "10.0.0.1",
    BELFRY_WEB_SERVICE_HOST: "10.0.0.2",
    BELFRY_WEB_PORT: "tcp://10.0.0.2:80",
    BELFRY_WEB_PORT_80_TCP: "tcp://10.0.0.2:80",
  };
  expect(readConfig({ ...links, BELFRY_PORT: "9000" })).toEqual(readConfig({ BELFRY_PORT: "9000" }));
});

test("readConfig() takes public keys over https only, but from this machine", () => {
  for (const url of [
    "https://id.example.com/jwks",
    "http://127.0.0.1:9000/jwks",
    "http://localhost/jwks",
    "http://[::1]/",
  ]) {
    expect(readConfig({ BELFRY_JWT_JWKS_URL: url }).jwtJwksUrl).toBe(url);
  }
  for (const url of [
    "http://id.example.com/jwks",
    "http://127.0.0.1.example.com/",
    "http://10.0.0.1/",
    "ftp://localhost/",
  ]) {
    expect(() => readConfig({ BELFRY_JWT_JWKS_URL: url })).toThrow(/BELFRY_JWT_JWKS_URL must b/);
  }
});
