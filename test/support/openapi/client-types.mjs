import { text } from 'node:stream/consumers';
import openapiTS, { astToString } from 'openapi-typescript';

/** Prints the types of a client for the document on its input. */
const document = JSON.parse(await text(process.stdin));
process.stdout.write(astToString(await openapiTS(document)));
