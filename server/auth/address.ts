import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** Addresses of proxies, `10.0.0.1` or `10.0.0.0/8`, whose X-Forwarded-For is believed. */
export class TrustedProxies {
  readonly #list = new BlockList();

  /** @throws {RangeError} for a text that is no address and no network. */
  constructor(networks: readonly string[]) {
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
    const hops = (Array.isArray(forwarded) ? forwarded.join(",") : (forwarded ?? "")).split(",");
    for (const hop of hops.reverse()) {
      const next = plain(hop.trim());
      if (!this.#trusts(address) || !isIP(next)) break;
      address = next;
    }
    return address;
  }

  #trusts(address: string): boolean {
    return isIP(address) > 0 && this.#list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  }
}

/** An IPv4 address that stands in an IPv6 one, as itself. */
function plain(address: string): string {
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}
