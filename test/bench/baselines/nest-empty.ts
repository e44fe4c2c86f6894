import 'reflect-metadata';
import { Controller, Get, Module, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import type { AddressInfo } from 'node:net';
import { recordedAnswer, serveUntilParentEnds } from './answer-file.js';

const { headers, body } = recordedAnswer();

/** The same framework stack with an empty handler: no guard, no interceptor, no pipe. */
@Controller()
class EmptyController {
  @Get(['v1/home', 'v1/items/:id'])
  read(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.headers(headers);
    return body;
  }
}

@Module({ controllers: [EmptyController] })
class EmptyModule {}

async function serve(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(
    EmptyModule,
    new FastifyAdapter({ keepAliveTimeout: 72_000 }),
    { logger: false },
  );
  await app.listen(0, '127.0.0.1');
  serveUntilParentEnds((app.getHttpServer().address() as AddressInfo).port);
}

void serve();
