interface Route {
  readonly method: string;
  readonly pattern: RegExp;
}

/** Which methods each path answers; distinguishes a wrong method (405) from a wrong path (404). */
export class RouteTable {
  private readonly routes: Route[] = [];

  /** Adds a route as the server registers it; wildcard routes are the framework's own and left out. */
  add(method: string | readonly string[], url: string): void {
    if (url.includes('*')) return;
    const pattern = new RegExp(`^${url.split('/').map(toPattern).join('/')}$`);
    for (const name of [method].flat()) this.routes.push({ method: String(name), pattern });
  }

  methodsAt(path: string): string[] {
    const methods = this.routes.filter((route) => route.pattern.test(path)).map((route) => route.method);
    return [...new Set(methods)].toSorted();
  }
}

function toPattern(segment: string): string {
  return segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
