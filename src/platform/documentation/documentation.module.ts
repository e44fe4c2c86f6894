import { Global, Module } from '@nestjs/common';
import { DocumentParts } from './document-parts.js';
import { FrontPageController } from './front-page.controller.js';
import { ProblemsController } from './problems.controller.js';

/** The addresses where the API describes itself, and {@link DocumentParts} everywhere. */
@Global()
@Module({
  controllers: [FrontPageController, ProblemsController],
  providers: [DocumentParts],
  exports: [DocumentParts],
})
export class DocumentationModule {}
