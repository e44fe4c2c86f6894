import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { buildVersion } from './build-version.js';
import { FrontPageDto } from './front-page.dto.js';
import { HasPage } from './has-page.decorator.js';
import { frontPage } from './pages.js';

const MAX_AGE_SECONDS = 60;
const NAME = 'Bulwark';

/** What a client finds that has the host's name alone. */
@ApiTags('documentation')
@Controller()
export class FrontPageController {
  private readonly version = buildVersion();

  @Get()
  @HasPage({
    summary: 'What this is, and where to go from here',
    type: FrontPageDto,
    page: frontPage,
    maxAgeSeconds: MAX_AGE_SECONDS,
  })
  readFrontPage(): FrontPageDto {
    return {
      name: NAME,
      version: this.version,
      links: { openapi: '/openapi.json', docs: '/docs', problems: '/problems', keys: '/.well-known/jwks.json' },
    };
  }
}
