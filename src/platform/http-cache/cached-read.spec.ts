import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Caches, type Load } from '../cache/index.js';
import { CachedRead } from './cached-read.decorator.js';
import { HttpCacheModule } from './http-cache.module.js';
import type { KeyedRead } from './keyed-read.js';
import { MemoryAnswers } from './memory-answers.js';

const POLICY = {
  name: 'things',
  module: 'tests',
  freshMs: 2_000,
  boundMs: 4_000,
  ifErrorMs: 60_000,
  negativeMs: 1_000,
  storedMs: 1,
  invalidation: 'ttl-only',
} as const;

class ThingDto {
  label: string;
}

/** A cache that holds nothing: it loads, and serves what it loaded. */
const things = {
  policy: POLICY,
  read: async (key: string, load: Load<ThingDto>) => {
    const { value, version } = await load('any');
    const body = value === undefined ? undefined : Buffer.from(JSON.stringify(value));
    return {
      entry: { body, etag: `"${key}.${version}"`, freshMs: 2_000 },
      freshness: 'fresh',
      layer: 'origin',
      ageMs: 0,
      policy: POLICY,
    };
  },
  idOf: (key: string) => `things:${key}`,
  peek: (id: string) => id,
};
const caches = { named: (name: string) => (name === 'things' ? things : undefined), names: () => ['things'] };

const present = ({ title }: { title: string }): ThingDto => ({ label: title.toUpperCase() });

@Controller('things')
class ThingsController {
  @Get(':id')
  @CachedRead('things', { summary: 'A thing', type: ThingDto, presenter: present, notFound: 'There is no such thing.' })
  read(@Param('id') id: string): KeyedRead<{ title: string }> {
    const value = id === 'none' ? undefined : { title: id };
    return { key: `id-${id}`, load: () => Promise.resolve({ value, version: 7, tags: [] }) };
  }
}

@Controller('nameless')
class NamelessController {
  @Get()
  @CachedRead('', { summary: 'A thing', type: ThingDto, presenter: present })
  read(): KeyedRead<{ title: string }> {
    return { key: 'x', load: () => Promise.resolve({ value: { title: 'x' }, version: 7, tags: [] }) };
  }
}

async function start(...controllers: (new () => object)[]): Promise<NestFastifyApplication> {
  @Module({ providers: [{ provide: Caches, useValue: caches }], exports: [Caches] })
  class FakeCacheModule {}
  @Module({ imports: [{ module: FakeCacheModule, global: true }, HttpCacheModule], controllers })
  class Root {}
  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

describe('@CachedRead()', () => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    app = await start(ThingsController);
  });
  afterAll(() => app.close());

  it('sends the presented result with its validator, its age and its layers', async () => {
    const answer = await app.inject('/things/a');
    expect([answer.statusCode, answer.body]).toEqual([200, '{"label":"A"}']);
    expect(answer.headers).toMatchObject({
      etag: '"id-a.7"',
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=2, stale-while-revalidate=2, stale-if-error=60',
      'cache-status': 'origin; hit, redis; fwd=miss; stored, memory; fwd=miss; stored',
    });
  });

  it.each(['"id-a.7"', 'W/"id-a.7"', '"other", "id-a.7"', '*'])('answers If-None-Match %s with 304', async (tags) => {
    const answer = await app.inject({ url: '/things/a', headers: { 'if-none-match': tags } });
    expect([answer.statusCode, answer.body, answer.headers.etag]).toEqual([304, '', '"id-a.7"']);
  });

  it('answers another If-None-Match in full', async () => {
    const answer = await app.inject({ url: '/things/a', headers: { 'if-none-match': '"id-a.6"' } });
    expect(answer.statusCode).toBe(200);
  });

  it('answers HEAD as GET, without the body', async () => {
    const { statusCode, body, headers } = await app.inject({ method: 'HEAD', url: '/things/a' });
    expect([statusCode, body, headers['content-length']]).toEqual([200, '', String('{"label":"A"}'.length)]);
  });

  it('lets the server hook answer the URL from memory once it was answered', async () => {
    const answers = app.get(MemoryAnswers);
    expect(answers.find('/things/b')).toBeUndefined();
    await app.inject('/things/b');
    expect(answers.find('/things/b')).toBe('things:id-b');
  });

  it('refuses what the origin does not have, and registers no URL for it', async () => {
    const answer = await app.inject('/things/none');
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(app.get(MemoryAnswers).find('/things/none')).toBeUndefined();
  });

  it('ends the start when it names no cache that is defined, and says where', async () => {
    await expect(start(ThingsController, NamelessController)).rejects.toThrow(
      /NamelessController\.read \(""\)[^]*one of: things/,
    );
  });
});
