import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** Addresses of proxies, `10.0.0.1` or `10.0.0.0/8`, whose X-Forwarded-For is believed. */
export class TrustedProxies {
  readonly #list = new BlockList();
  #onIgnored: ((address: string) => void) | null;

  /**
   * @param onIgnored told once of an address that forwards without being trusted
   * @throws {RangeError} for a text that is no address and no network.
   */
  constructor(networks: readonly string[], onIgnored: (address: string) => void = () => undefined) {
    this.#onIgnored = onIgnored;
    for (const network of networks) {
      const [address = "", bits] = network.split("/", 2);
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (!isIP(address)) throw new RangeError(`"${network}" is no address and no network`);
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  /** Where a request comes from: the last address on its way that is no trusted proxy's. */
  addressOf({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">): string {
    let address = plain(socket.remoteAddress ?? "");
    const forwarded = headers["x-forwarded-for"];
    if (forwarded !== undefined && this.#onIgnored && !this.#trusts(address)) {
      this.#onIgnored(address);
      this.#onIgnored = null;
    }
    if (forwarded === undefined) return address;
    const hops = (Array.isArray(forwarded) ? forwarded.join(",") : forwarded).split(",");
    for (const hop of hops.reverse()) {
      const next = plain(withoutPort(hop.trim()));
      if (!this.#trusts(address) || !isIP(next)) break;
      address = next;
    }
    return address;
  }

  #trusts(address: string): boolean {
    return isIP(address) > 0 && this.#list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  }
}

/**
 * Whom limits take an address for. An IPv4 address stands for itself; of IPv6 the first 64 bits do, because whoever has
 * one address of a network has them all.
 */
export function limitKey(address: string): string {
  const groups = groupsOf(address);
  if (!groups) return address;
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return toIpv4(groups) ?? `${network.join(":")}::/64`;
}

/** An address without the port that some proxies append: `203.0.113.7:4711`, `[2001:db8::7]:4711`, `[2001:db8::7]`. */
function withoutPort(text: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

/** An IPv4 address that stands in an IPv6 one, as itself. */
function plain(address: string): string {
  const groups = groupsOf(address);
  return (groups && toIpv4(groups)) ?? address;
}

/** The eight groups of an IPv6 address; undefined for any other text. */
function groupsOf(address: string): number[] | undefined {
  if (isIP(address) !== 6) return undefined;
  const hex = address.replace(/%.*$/, "").replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = [], tail] = hex
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":").map((g) => parseInt(g, 16))));
  if (!tail) return head;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** The IPv4 address in `::ffff:0:0/96`; undefined for any other. */
function toIpv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join(".") : undefined;
}
