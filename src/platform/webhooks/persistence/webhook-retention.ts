import { days, type RetentionRule, type TableRetention } from '../../retention/index.js';

const delivered: RetentionRule = {
  endedAt: 'ended_at',
  where: "status = 'delivered'",
  keptSeconds: days(30),
  because: 'Subscribers list what was sent to them.',
};
const dead: RetentionRule = {
  endedAt: 'ended_at',
  where: "status = 'dead'",
  keptSeconds: days(90),
  because: 'Its owner may still replay it.',
};

/** How long the rows of webhooks stay. */
export const webhookRetention: Readonly<Record<string, TableRetention>> = {
  webhook_deliveries: { deletes: [delivered, dead] },
  webhook_endpoints: {
    deletes: [
      {
        endedAt: 'created_at',
        where: "status = 'deleted'",
        keptSeconds: 0,
        because: 'Its owner has deleted it, and its secret with it.',
        dependents: { table: 'platform.webhook_deliveries', column: 'endpoint_id' },
      },
    ],
  },
};
