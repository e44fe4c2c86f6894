import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

/** What a module adds to the OpenAPI document. */
export interface DocumentPart {
  /** Classes whose schemas no route names; asked for when the document is made. */
  readonly models?: () => readonly (new () => object)[];
  /** Changes the document in place, after the routes and the models are in it. */
  readonly describe?: (document: OpenAPIObject) => void;
}

/** Modules add to the OpenAPI document in `onModuleInit`; the first request for it puts it together. */
@Injectable()
export class DocumentParts {
  private readonly parts: DocumentPart[] = [];

  add(part: DocumentPart): void {
    this.parts.push(part);
  }

  all(): readonly DocumentPart[] {
    return this.parts;
  }
}
