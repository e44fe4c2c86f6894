import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { logger } from '../observability/index.js';
import { HttpProblems, instanceOf, problemHeaders, toProblem, toProblemBody, type Problem } from '../problems/index.js';
import type { RouteTable } from './route-table.js';

/** The one place where errors become answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly routes: RouteTable) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;
    const unrouted = error instanceof NotFoundException && request.is404;
    sendProblem(request, reply, unrouted ? this.unroutedProblem(request) : toProblem(error));
  }

  private unroutedProblem(request: FastifyRequest): Problem {
    const path = instanceOf(request.url, undefined);
    const allowed = this.routes.methodsAt(path);
    if (allowed.length === 0) return HttpProblems.not_found('There is nothing at this address.');
    return HttpProblems.method_not_allowed(`This address answers ${allowed.join(', ')}.`, {
      headers: { allow: allowed.join(', ') },
    });
  }
}

/** Sends a problem and logs it at the level of its catalogue row. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  logger[problem.definition.log](
    {
      problem: problem.code,
      status: problem.status,
      method: request.method,
      route: request.routeOptions.url,
      error: problem.details.cause,
    },
    'The request ended in a problem.',
  );
  void reply
    .status(problem.status)
    .headers(problemHeaders(problem))
    .send(JSON.stringify(toProblemBody(problem, instanceOf(request.url, request.routeOptions.url))));
}
