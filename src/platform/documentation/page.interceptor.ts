import { createHash } from 'node:crypto';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { matchesAny } from '../http-cache/index.js';
import { HttpProblems } from '../problems/index.js';
import { PAGE_POLICY } from './html.js';
import { preferredForm, type Form } from './preferred-form.js';

const CONTENT_TYPES: Readonly<Record<Form, string>> = {
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** Sends an answer in the form that the client prefers, or 304 when the client has that form already. */
export class PageInterceptor implements NestInterceptor<object, string | undefined> {
  constructor(
    private readonly page: (answer: never) => string,
    private readonly maxAgeSeconds: number,
  ) {}

  /** @throws Problem `not_acceptable` when the client wants neither form */
  intercept(context: ExecutionContext, next: CallHandler<object>): Observable<string | undefined> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const form = preferredForm(request.headers.accept);
    if (form === undefined)
      throw HttpProblems.not_acceptable('`Accept` allows neither application/json nor text/html.', {
        headers: { vary: 'Accept' },
      });
    return next.handle().pipe(map((answer) => this.send(request, reply, form, answer)));
  }

  private send(request: FastifyRequest, reply: FastifyReply, form: Form, answer: object): string | undefined {
    const body = form === 'html' ? this.page(answer as never) : JSON.stringify(answer);
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
    reply.header('etag', tag).header('vary', 'Accept').header('cache-control', `public, max-age=${this.maxAgeSeconds}`);
    if (form === 'html') reply.header('content-security-policy', PAGE_POLICY);
    if (matchesAny(request.headers['if-none-match'], tag)) {
      reply.status(304);
      return undefined;
    }
    reply.type(CONTENT_TYPES[form]);
    return body;
  }
}
