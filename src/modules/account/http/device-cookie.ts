import type { FastifyReply, FastifyRequest } from 'fastify';

const NAME = 'bulwark_device';
const LIFE_SECONDS = 31_536_000;
const FORM = /^[0-9a-f-]{36}\.[\w-]{43}$/;

/** The device cookie of a request, when it has the form of one. */
export function deviceCookieOf(request: FastifyRequest): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const value = pairs.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
  return value && FORM.test(value) ? value : undefined;
}

/** Scripts cannot read it, and it goes to the session routes alone. */
export function setDeviceCookie(reply: FastifyReply, value: string): void {
  reply.header(
    'set-cookie',
    `${NAME}=${value}; Path=/v1/sessions; Max-Age=${LIFE_SECONDS}; HttpOnly; Secure; SameSite=Lax`,
  );
}
