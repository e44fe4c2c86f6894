import { Injectable, type OnModuleInit } from '@nestjs/common';
import { IdempotentRequests } from '../../../src/platform/idempotency/index.js';
import { metrics } from '../../../src/platform/observability/index.js';

type Perform = IdempotentRequests['perform'];

/** Does the work of a request each time that it is sent, as a service without idempotency does. */
@Injectable()
export class UnprotectedRequests extends IdempotentRequests implements OnModuleInit {
  onModuleInit(): void {
    metrics.protectionEnabled.set({ name: 'idempotency' }, 0);
  }

  override async perform(...[, work]: Parameters<Perform>): ReturnType<Perform> {
    const answer = await work();
    return { answer: answer(), outcome: 'executed' };
  }
}
