import type { FrontPageDto } from './front-page.dto.js';
import { markup, sentence, toDocument } from './html.js';
import type { ProblemCatalogueDto, ProblemDescriptionDto } from './problem-description.dto.js';

/** `GET /` for people. */
export function frontPage({ name, version, links }: FrontPageDto): string {
  const body = markup`
<h1>${name}</h1>
<p>Version ${version}. JSON over HTTP below <code>/v1</code>.</p>
<ul>
<li><a href="${links.docs}">The API to read and to try</a></li>
<li><a href="${links.openapi}">The OpenAPI document</a></li>
<li><a href="${links.problems}">The problems that an answer may be</a></li>
<li><a href="${links.keys}">The keys that verify access tokens</a></li>
</ul>
`;
  return toDocument(name, body);
}

/** `GET /problems` for people. */
export function cataloguePage({ data }: ProblemCatalogueDto): string {
  const rows = data.map(({ type, code, status, title, repair }) => {
    const link = markup`<a href="${type}">${code}</a>`;
    return markup`<tr><td>${link}</td><td>${status}</td><td>${title}</td><td>${sentence(repair)}</td></tr>\n`;
  });
  const body = markup`
<h1>Problems</h1>
<p>An answer that is no success is one of these (RFC 9457). <code>code</code> is stable: program against it.</p>
<table>
<tr><th>code</th><th>status</th><th>what happened</th><th>what to do</th></tr>
${rows}</table>
<p><a href="/">Back</a></p>
`;
  return toDocument('Problems', body);
}

/** `GET /problems/{code}` for people. */
export function problemPage({ code, status, title, repair, retry }: ProblemDescriptionDto): string {
  const again = retry ? 'The same request may succeed later.' : 'The same request will be refused again.';
  const body = markup`
<h1>${title}</h1>
<p><code>${code}</code>, status ${status}. ${again}</p>
<p>${sentence(repair)}</p>
<p><a href="/problems">All problems</a></p>
`;
  return toDocument(code, body);
}
