import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { withDeadline } from '../background/index.js';
import { Idempotent, type Answer } from '../idempotency/index.js';
import { DescribesProblems, HttpProblems } from '../problems/index.js';
import { DeadLetterListDto, ListDeadLettersQueryDto, toDeadLetterDto } from './dead-letter.dto.js';
import { DeadLetters } from './dead-letters.js';

/** An operator waits, and trying again is cheap. */
const TIMEOUT_MS = 2_000;
const RETRY_AFTER_SECONDS = 5;

const presentAccepted = (_replay: void): Answer => ({ status: 202 });

/** Who may use it is decided where the module is imported. */
@DescribesProblems('unavailable')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLetters) {}

  @Get()
  @ApiOperation({ summary: 'Events that consumers gave up on, the newest first' })
  @ApiOkResponse({ type: DeadLetterListDto })
  async listDeadLetters(@Query() { limit }: ListDeadLettersQueryDto): Promise<DeadLetterListDto> {
    const [letters, counts] = await withinQueueTimeout(Promise.all([this.letters.list(limit), this.letters.count()]));
    const newest = letters
      .toSorted((one, other) => (other.failedAt?.getTime() ?? 0) - (one.failedAt?.getTime() ?? 0))
      .slice(0, limit);
    return { data: newest.map(toDeadLetterDto), total: [...counts.values()].reduce((sum, count) => sum + count, 0) };
  }

  @Post(':consumer/:jobId/replay')
  @HttpCode(202)
  @Idempotent({ presenter: presentAccepted })
  @ApiOperation({ summary: 'Send a dead letter through its consumer again, with fresh attempts' })
  @ApiParam({ name: 'consumer', schema: { type: 'string' } })
  @ApiParam({ name: 'jobId', schema: { type: 'string' } })
  @ApiAcceptedResponse({ description: 'It is on its way; when it fails again, it is listed again.' })
  @DescribesProblems('not_found')
  async replayDeadLetter(@Param('consumer') consumer: string, @Param('jobId') jobId: string): Promise<void> {
    if (!(await withinQueueTimeout(this.letters.replay(consumer, jobId))))
      throw HttpProblems.not_found('There is no such dead letter.');
  }
}

/** A queue server that is gone is a 503: the caller may try again. */
function withinQueueTimeout<T>(work: Promise<T>): Promise<T> {
  return withDeadline(work, TIMEOUT_MS, `The queue server did not answer within ${TIMEOUT_MS} ms.`).catch(
    (cause: unknown) => {
      throw HttpProblems.unavailable('The queue server cannot be reached.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        cause,
      });
    },
  );
}
