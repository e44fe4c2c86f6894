import { InvalidArgumentError } from 'commander';
import { OperateEndpoints } from '../platform/webhooks/index.js';
import { CommandRefusedError } from './command/explain-failure.js';
import { print, runCommand } from './command/run-command.js';
import { withApp } from './command/with-app.js';

const PAGE_SIZE = 100;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

runCommand('webhook-endpoints', (command) => {
  command.description('Shows and disables the URLs that partners have registered.');
  command.command('list', { isDefault: true }).description('all of them, the newest first (default)').action(list);
  command
    .command('disable')
    .description('sends nothing there until its owner enables it; "account:revoke EMAIL partner" ends it for good')
    .argument('<id>', 'as "list" shows it', toId)
    .action(disable);
});

async function list(): Promise<void> {
  await withApp(async (app) => {
    const endpoints = app.get(OperateEndpoints, { strict: false });
    let shown = 0;
    for (let beforeId: string | undefined; ;) {
      const page = await endpoints.list(PAGE_SIZE, beforeId);
      for (const { id, accountId, url, events, status, disabledReason } of page)
        print(
          `${id}  ${disabledReason ? `${status} (${disabledReason})` : status}  account ${accountId}\n` +
            `  ${url}  ${events.join(', ')}`,
        );
      shown += page.length;
      beforeId = page.at(-1)?.id;
      if (page.length < PAGE_SIZE) break;
    }
    if (shown === 0) print('No partner has registered an endpoint.');
  });
}

async function disable(id: string): Promise<void> {
  const found = await withApp((app) => app.get(OperateEndpoints, { strict: false }).disable(id));
  if (!found) throw new CommandRefusedError(`There is no endpoint with the id ${id}.`);
  print('Nothing is sent there from now on.');
}

function toId(text: string): string {
  if (UUID.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It has to be the id of an endpoint.');
}
