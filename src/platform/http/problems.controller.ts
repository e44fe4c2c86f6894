import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DescribesProblems, HttpProblems, allProblems } from '../problems/index.js';
import { ProblemDescriptionDto } from './problem-description.dto.js';

/** The page that each problem's `type` points to. */
@ApiTags('problems')
@Controller('problems')
export class ProblemsController {
  @Get(':code')
  @Header('cache-control', 'public, max-age=3600')
  @ApiOperation({ summary: 'What a problem means and how to repair it' })
  @ApiOkResponse({ type: ProblemDescriptionDto })
  @DescribesProblems('not_found')
  describeProblem(@Param('code') code: string): ProblemDescriptionDto {
    const definition = allProblems().get(code);
    if (!definition) throw HttpProblems.not_found('There is no problem with this code.');
    return {
      code,
      title: definition.title,
      status: definition.status,
      repair: definition.repair,
      retry: definition.retry,
    };
  }
}
