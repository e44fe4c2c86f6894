import { days, type TableRetention } from '../retention/index.js';

/** How long signing keys stay. */
export const signingKeysRetention: Readonly<Record<string, TableRetention>> = {
  signing_keys: {
    deletes: [
      {
        endedAt: 'retired_at',
        keptSeconds: days(1),
        because: 'Its last token expires within an hour, and a private key that signs no more should not lie about.',
      },
    ],
  },
};
