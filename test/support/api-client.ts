import { randomUUID } from 'node:crypto';

/** An answer with its exact bytes. */
export interface ApiAnswer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  text: string;
  body: T;
}

/** What a request may carry. */
export interface ApiRequest {
  token?: string;
  /** `null` sends no idempotency key; left out, a new one is made for each state-changing request. */
  key?: string | null;
  headers?: Record<string, string>;
  /** Hangs up when it fires. */
  signal?: AbortSignal;
}

/** Speaks to the product as a client would. */
export class ApiClient {
  constructor(readonly baseUrl: string) {}

  get<T = Record<string, unknown>>(path: string, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
    return this.send('GET', path, undefined, request);
  }

  post<T = Record<string, unknown>>(path: string, body?: unknown, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
    return this.send('POST', path, body, request);
  }

  put<T = Record<string, unknown>>(path: string, body?: unknown, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
    return this.send('PUT', path, body, request);
  }

  patch<T = Record<string, unknown>>(path: string, body?: unknown, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
    return this.send('PATCH', path, body, request);
  }

  delete<T = Record<string, unknown>>(path: string, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
    return this.send('DELETE', path, undefined, request);
  }

  async send<T>(
    method: string,
    path: string,
    body: unknown,
    { token, key, headers = {}, signal }: ApiRequest,
  ): Promise<ApiAnswer<T>> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(method === 'GET' || key === null ? {} : { 'idempotency-key': key ?? randomUUID() }),
        ...headers,
      },
      body: body === undefined ? undefined : raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body),
      redirect: 'manual',
      signal: signal ?? null,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: parse(text) as T };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
