import { ParseUUIDPipe } from '@nestjs/common';
import { HttpProblems } from '../../../platform/problems/index.js';

/** What is no id of ours is not there: the answer is the same as for a stranger's. */
export const asPaymentId = new ParseUUIDPipe({
  exceptionFactory: () => HttpProblems.not_found('There is no payment with this id.'),
});
