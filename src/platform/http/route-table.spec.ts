import { RouteTable } from './route-table.js';

describe('RouteTable', () => {
  const routes = new RouteTable();
  routes.add('GET', '/');
  routes.add(['GET', 'HEAD'], '/v1/items/:id');
  routes.add('PATCH', '/v1/items/:id');
  routes.add('GET', '/.well-known/jwks.json');
  routes.add('GET', '/docs/*');

  it('names the methods of a path, each once, in order', () => {
    expect(routes.methodsAt('/v1/items/abc')).toEqual(['GET', 'HEAD', 'PATCH']);
  });

  it('takes a trailing slash as another path, which has no route', () => {
    expect(routes.methodsAt('/v1/items/abc/')).toEqual([]);
    expect(routes.methodsAt('/')).toEqual(['GET']);
    expect(routes.methodsAt('//')).toEqual([]);
  });

  it('takes dots as dots', () => {
    expect(routes.methodsAt('/.well-known/jwksXjson')).toEqual([]);
  });

  it('has no methods for a path without a route', () => {
    expect(routes.methodsAt('/v1/items/abc/more')).toEqual([]);
    expect(routes.methodsAt('/docs/x')).toEqual([]);
  });
});
