import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { readVariables } from '../../platform/config/index.js';
import { MAIL_BYTES_MAX } from './mail-file-name.js';
import { storeMail } from './store-mail.js';

const CLIENTS_MAX = 100;
const { MAIL_SINK_DIR: folder, MAIL_SINK_HOST: host, MAIL_SINK_PORT: port } = readSettings();

mkdirSync(folder, { recursive: true, mode: 0o700 });

/** A mail server for development: it accepts everything and keeps it as files. */
const server = new SMTPServer({
  banner: 'Bulwark mail sink',
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  maxClients: CLIENTS_MAX,
  size: MAIL_BYTES_MAX,
  onData: (stream, _session, done) => {
    storeMail(stream, folder).then(
      () => done(),
      (error: Error) => done(error),
    );
  },
});

server.on('error', (error: Error & { code?: string }) => {
  process.stderr.write(`${error.message}\n`);
  // A client that went away is its own affair; a port that cannot be bound is ours.
  if (error.code === 'EADDRINUSE' || error.code === 'EACCES') process.exit(1);
});
server.listen(port, host, () => {
  const address = server.server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ ready: true, port: address.port })}\n`);
});
process.once('SIGTERM', () => server.close(() => process.exit(0)));

function readSettings() {
  try {
    return readVariables(['MAIL_SINK_DIR', 'MAIL_SINK_HOST', 'MAIL_SINK_PORT']);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}
