/**
 * Documentation: what the API says about itself. The front page, the catalogue of problems, the OpenAPI document and
 * its interactive page; each address answers people and machines.
 */

/** Wires the capability. */
export { DocumentationModule } from './documentation.module.js';
/** Serves `/openapi.json` and `/docs`. */
export { serveDocumentation } from './openapi.js';
/** Where other modules add to the OpenAPI document what their routes cannot say. */
export { DocumentParts, type DocumentPart } from './document-parts.js';
