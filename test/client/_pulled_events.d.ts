// The types of a hub, as "belfry types pull" wrote them: for createHub<Events>().

/** What `data` each type has. */
export interface Events {
  /** Version 1. */
  "door.rang": unknown;
  /**
   * A basket became an order
   * Version 1.
   */
  "order.created": {
    code: string;
    total: number;
    gift?: boolean;
  };
  /** Version 1. */
  "stock.low": {
    sku: string;
    left: number;
  };
}
