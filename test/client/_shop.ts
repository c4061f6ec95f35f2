import { z } from "zod";
import { defineEvents } from "../../web/client/mod.ts";

/** A shop's types, defined in code. */
export const events = defineEvents({
  "order.created": {
    data: z.object({ code: z.string(), total: z.number(), gift: z.boolean().optional() }),
    description: "A basket became an order",
    severity: "success",
    channel: "orders",
    title: "Order {{data.code}}",
    message: "{{data.code}} for {{data.total}} €",
  },
  "stock.low": z.object({ sku: z.string(), left: z.int() }),
  "door.rang": z.unknown(),
});
