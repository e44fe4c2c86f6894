// @ts-check
import { defaulted, derived, required } from './declare-variable.mjs';
import { integer, listenAddress, matching, secret, url } from './variable-kinds.mjs';

const folder = matching(/^.+$/, 'a folder');
const port = integer(0, 65_535);
const listensOn = listenAddress();

/** Read by `npm run up` and by the commands that it runs. */
export const LAUNCHER = {
  EDGE_PORT: defaulted(port, 8080, 'The port of nginx with `--edge`; when it is free, else any. Set, it must be free.'),
  BULWARK_REPLICAS: defaulted(integer(0, 3), 1, 'Streaming replicas of the embedded PostgreSQL.'),
  BULWARK_POOLER_POOL_SIZE: defaulted(integer(1, 70), 10, 'Server connections of the embedded pooler, for each role.'),
  STAFF_EMAIL: required(
    matching(/^[^\s@<>]+@[^\s@<>]+$/, 'a mail address'),
    'The first member of staff, who has every role. `npm run up` sets it and the next.',
  ),
  STAFF_PASSWORD: required(secret(12), 'What this member of staff signs in with.'),
};

/** Read by the payment sandbox and the mail sink. */
export const STAND_INS = {
  SANDBOX_HOST: defaulted(listensOn, '127.0.0.1', 'The address that the sandbox listens on.'),
  SANDBOX_PORT: defaulted(port, 0, 'Its port; 0 takes a free one, which it prints.'),
  SANDBOX_DATA_DIR: required(folder, 'Where it keeps its record.'),
  SANDBOX_API_KEY: required(secret(8), 'The key that it accepts: `PAYMENT_PROVIDER_KEY` of the application.'),
  SANDBOX_WEBHOOK_SECRET: required(secret(8), 'What it signs its events with: one of `PAYMENT_WEBHOOK_SECRET`.'),
  SANDBOX_WEBHOOK_URL: derived(url('http', 'https'), 'no events', 'Where it sends its events.'),
  MAIL_SINK_HOST: defaulted(listensOn, '127.0.0.1', 'The address that the mail sink listens on.'),
  MAIL_SINK_PORT: defaulted(port, 0, 'Its port; 0 takes a free one, which it prints.'),
  MAIL_SINK_DIR: required(folder, 'Where it keeps each mail as a file.'),
};
