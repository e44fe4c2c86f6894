import { preferredForm } from './preferred-form.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('preferredForm', () => {
  it.each([
    ['no field at all', undefined, 'json'],
    ['an empty field', ' ', 'json'],
    ['anything, as curl and fetch send', '*/*', 'json'],
    ['a browser', BROWSER, 'html'],
    ['JSON', 'application/json', 'json'],
    ['HTML', 'text/html', 'html'],
    ['HTML in capitals, with a parameter that is none of ours', 'TEXT/HTML;q=1', 'html'],
    ['any text', 'text/*', 'html'],
    ['any application', 'application/*', 'json'],
    ['JSON more than HTML', 'text/html;q=0.5, application/json;q=0.9', 'json'],
    ['HTML more than JSON', 'application/json;q=0.5, text/html;q=0.9', 'html'],
    ['both alike: the one that is named first', 'text/html, application/json', 'html'],
    ['HTML by name, anything by wildcard', 'text/html, */*', 'html'],
    ['anything but JSON', 'application/json;q=0, */*', 'html'],
    ['anything but HTML', 'text/html;q=0, */*;q=0.1', 'json'],
    ['a picture', 'image/png', undefined],
    ['neither, said plainly', 'application/json;q=0, text/html;q=0', undefined],
    ['nothing at all', '*/*;q=0', undefined],
    ['what is no media type', ',;;q=,///', undefined],
  ])('%s: %s gives %s', (_who, accept, form) => {
    expect(preferredForm(accept)).toBe(form);
  });
});
