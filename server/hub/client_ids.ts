import { hash, randomBytes } from "node:crypto";

const PATTERN = /^([0-9a-z]{1,11})-[\w-]{10}$/;

/**
 * Names connections: `<serial number>-<proof>`. The proof is made from the number and a secret of this process, so that
 * nobody guesses another's name, and no connection has to remember its own.
 */
export class ClientIds {
  readonly #secret = randomBytes(16).toString("hex");

  /** The name of the reader with a serial number. */
  of(serial: number): string {
    return `${serial.toString(36)}-${hash("sha256", `${this.#secret} ${serial}`, "base64url").slice(0, 10)}`;
  }

  /** The serial number that a name was given for; undefined when it was given for none. */
  serialOf(clientId: string): number | undefined {
    const serial = Number.parseInt(PATTERN.exec(clientId)?.[1] ?? "", 36);
    return this.of(serial) === clientId ? serial : undefined;
  }
}
