import { ParseUUIDPipe } from '@nestjs/common';
import { HttpProblems } from '../../../platform/problems/index.js';

/** A malformed id is not found, as another customer's payment is. */
export const asPaymentId = new ParseUUIDPipe({
  exceptionFactory: () => HttpProblems.not_found('There is no payment with this id.'),
});
