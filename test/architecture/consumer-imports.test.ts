import { sourceFiles } from '../support/source-files.js';
import { importsBeyondEvents } from './consumer-imports.js';
import { IMPORT_FORMS } from './planted-violations.js';

const INDEX = `
export { PaymentsModule } from './payments.module.js';
export { PAYMENT_CAPTURED, type PaymentCaptured } from './payments.events.js';
export { PAYMENT_GATEWAY, type PaymentGateway } from './gateway/payment-gateway.js';
`;

const consumer = (text: string) => ({ path: 'src/modules/account/consumers/send-receipts.ts', text });
const found = (text: string) => importsBeyondEvents(consumer(text), () => INDEX);

describe('consumers take only events from another context', () => {
  it('holds in the whole tree', () => {
    const files = sourceFiles('src/modules');
    const texts = new Map(files.map(({ path, text }) => [path, text]));
    const indexOf = (context: string) => texts.get(`src/modules/${context}/index.ts`) ?? '';
    expect(files.some(({ path }) => path.includes('/account/consumers/'))).toBe(true);
    expect(files.flatMap((file) => importsBeyondEvents(file, indexOf).map((name) => `${file.path}: ${name}`))).toEqual(
      [],
    );
  });

  it('allows names of events and types of payloads', () => {
    expect(found("import { PAYMENT_CAPTURED, type PaymentCaptured } from '../../payments/index.js';")).toEqual([]);
  });

  it.each([
    ['a value', "import { PAYMENT_CAPTURED, PAYMENT_GATEWAY } from '../../payments/index.js';"],
    [
      'a value under the name of an event',
      "import { PAYMENT_GATEWAY as PAYMENT_CAPTURED } from '../../payments/index.js';",
    ],
    ['a type', "import type { PaymentGateway } from '../../payments/index.js';"],
    ['a type query', "type Gateway = import('../../payments/index.js').PaymentGateway;"],
    ['a default import', "import payments, { PAYMENT_CAPTURED } from '../../payments/index.js';"],
    ['a re-export', "export { PAYMENT_CAPTURED } from '../../payments/index.js';"],
    ['a computed path', "const path = '../../payments/index.js'; export const load = () => import(path);"],
  ])('refuses %s', (_what, text) => {
    expect(found(text)).toHaveLength(1);
  });

  it.each(Object.entries(IMPORT_FORMS))('refuses the whole index by %s', (_form, text) => {
    expect(found(text('../../payments/index.js'))).toHaveLength(1);
  });
});
