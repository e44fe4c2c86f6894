import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DescribesProblems, HttpProblems, allProblems, type ProblemDefinition } from '../problems/index.js';
import { HasPage } from './has-page.decorator.js';
import { cataloguePage, problemPage } from './pages.js';
import { ProblemCatalogueDto, ProblemDescriptionDto } from './problem-description.dto.js';

const MAX_AGE_SECONDS = 3_600;

/** The catalogue of problems, and the address that each problem's `type` names. */
@ApiTags('documentation')
@Controller('problems')
export class ProblemsController {
  @Get()
  @HasPage({
    summary: 'Every problem that an answer may be',
    type: ProblemCatalogueDto,
    page: cataloguePage,
    maxAgeSeconds: MAX_AGE_SECONDS,
  })
  listProblems(): ProblemCatalogueDto {
    const problems = [...allProblems()].map(([code, definition]) => describe(code, definition));
    return { data: problems.toSorted((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1)) };
  }

  @Get(':code')
  @HasPage({
    summary: 'What a problem means and how to repair it',
    type: ProblemDescriptionDto,
    page: problemPage,
    maxAgeSeconds: MAX_AGE_SECONDS,
  })
  @DescribesProblems('not_found')
  describeProblem(@Param('code') code: string): ProblemDescriptionDto {
    const definition = allProblems().get(code);
    if (!definition) throw HttpProblems.not_found('There is no problem with this code; /problems lists them.');
    return describe(code, definition);
  }
}

function describe(code: string, { title, status, repair, retry }: ProblemDefinition): ProblemDescriptionDto {
  return { type: `/problems/${code}`, code, title, status, repair, retry };
}
