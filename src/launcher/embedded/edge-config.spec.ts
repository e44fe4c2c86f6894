import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  EDGE_RULES,
  EDGE_SOURCE_ADDRESS,
  edgeConnectionsMax,
  renderEdgeConfig,
  trustEdge,
  type EdgeConfig,
} from './edge-config.js';

const config: EdgeConfig = {
  home: '/data/edge',
  listen: '127.0.0.1:8080',
  application: '127.0.0.1:3000',
  source: '127.222.0.80',
  run: 'c0ffee',
  workers: 2,
  connectionsMax: 4_096,
};
const text = renderEdgeConfig(config);
const ruleFiles = readdirSync(EDGE_RULES).filter((name) => name.endsWith('.conf'));

describe('the configuration of the edge', () => {
  it('fills in every placeholder', () => {
    expect(text).not.toMatch(/\$\{[A-Z_]+\}/);
    expect(() => renderEdgeConfig(config, 'listen ${EDGE_LISTENS};')).toThrow('EDGE_LISTENS');
  });

  it('writes below its own folder and nowhere else', () => {
    const paths = [...text.matchAll(/^\s*(?:pid|lock_file|\w+_temp_path|proxy_cache_path) (\S+?);?(?:\s|$)/gm)].map(
      (match) => match[1] ?? '',
    );
    expect(paths.length).toBe(8);
    expect(paths.filter((path) => !path.startsWith('/data/edge/'))).toEqual([]);
    expect(text).toContain('access_log off;');
  });

  it('connects from one address of its own', () => {
    expect(text).toContain('proxy_bind 127.222.0.80;');
    expect(text).toContain('server 127.0.0.1:3000 max_fails=0;');
  });

  it('lets no rule serve an answer for longer than the answer itself allows', () => {
    for (const name of ruleFiles)
      expect(readFileSync(join(EDGE_RULES, name), 'utf8')).not.toMatch(
        /^\s*(proxy_cache_valid|proxy_cache_use_stale|proxy_ignore_headers)\b/m,
      );
  });

  it('includes every rule file', () => {
    const all = [text, ...ruleFiles.map((name) => readFileSync(join(EDGE_RULES, name), 'utf8'))].join('\n');
    const included = new Set([...all.matchAll(/include rules\/([\w-]+\.conf);/g)].map((match) => match[1]));
    expect([...included].toSorted()).toEqual(ruleFiles.toSorted());
    expect(all.match(/include /g)?.length).toBe(all.match(/include rules\//g)?.length);
  });

  it.each([
    [20_000, 16_384],
    [4_096, 3_596],
    [512, 256],
  ])('admits what %d open files allow: %d connections', (descriptors, connections) => {
    expect(edgeConnectionsMax(descriptors)).toBe(connections);
  });
});

describe('the proxies that the application trusts', () => {
  it.each([
    [undefined, EDGE_SOURCE_ADDRESS],
    ['', EDGE_SOURCE_ADDRESS],
    ['10.0.0.1, 10.1.0.0/16', `10.0.0.1,10.1.0.0/16,${EDGE_SOURCE_ADDRESS}`],
    [EDGE_SOURCE_ADDRESS, EDGE_SOURCE_ADDRESS],
  ])('are those of the environment (%j) and the edge', (given, trusted) => expect(trustEdge(given)).toBe(trusted));
});
