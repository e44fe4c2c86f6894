import { defineProblems } from './problem.js';

/** Problems that any route may answer with. */
export const HttpProblems = defineProblems({
  validation_failed: { status: 400, title: 'The request is not valid', repair: 'Correct the fields named in `errors` and send the request again.', log: 'debug', retry: false },
  malformed_json: { status: 400, title: 'The body is not valid JSON', repair: 'Send well-formed JSON in UTF-8.', log: 'debug', retry: false },
  bad_request: { status: 400, title: 'The request cannot be read', repair: 'Correct the request line, headers or parameters.', log: 'debug', retry: false },
  unauthenticated: { status: 401, title: 'Sign in first', repair: 'Send a valid access token as `Authorization: Bearer …`; refresh it when it has run out.', log: 'info', retry: false },
  forbidden: { status: 403, title: 'Not allowed', repair: 'Use an account that has the role named in the detail.', log: 'info', retry: false },
  not_found: { status: 404, title: 'Not found', repair: 'Check the address and the id.', log: 'debug', retry: false },
  method_not_allowed: { status: 405, title: 'The method is not allowed here', repair: 'Use one of the methods in the `Allow` header.', log: 'debug', retry: false },
  request_timeout: { status: 408, title: 'The request took too long to arrive', repair: 'Send the whole request at once.', log: 'info', retry: true },
  payload_too_large: { status: 413, title: 'The body is too large', repair: 'Send at most 1 MiB.', log: 'info', retry: false },
  uri_too_long: { status: 414, title: 'The address is too long', repair: 'Shorten the path or the query.', log: 'info', retry: false },
  unsupported_media_type: { status: 415, title: 'The content type is not supported', repair: 'Send `Content-Type: application/json` without a content encoding.', log: 'debug', retry: false },
  headers_too_large: { status: 431, title: 'The headers are too large', repair: 'Send fewer or shorter headers.', log: 'info', retry: false },
  internal_error: { status: 500, title: 'Something went wrong on our side', repair: 'Try again; tell us the request id if it stays.', log: 'error', retry: true },
  unavailable: { status: 503, title: 'Busy for the moment', repair: 'Try again after the seconds in `Retry-After`.', log: 'warn', retry: true },
});
