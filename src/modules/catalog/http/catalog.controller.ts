import { Controller, Get, Param, Query, Req, Res, applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { ListCategories } from '../list-categories.js';
import { ListItems } from '../list-items.js';
import { ReadHome } from '../read-home.js';
import { ReadItem } from '../read-item.js';
import { CategoryPageDto, HomeDto, ItemPageDto, ListItemsQueryDto, PageQueryDto } from './catalog.dto.js';
import { ItemDto } from './item.dto.js';
import { itemTagOf, represent, tagOf } from './representation.js';

/** A read that caches may keep and clients may revalidate. */
const PublicRead = (summary: string, type: new () => object): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiHeader({ name: 'If-None-Match', required: false, description: 'An `ETag` of before: the answer is 304 without a body when nothing has changed.', schema: { type: 'string' } }),
    ApiOkResponse({
      type,
      headers: {
        ETag: { description: 'Strong validator.', schema: { type: 'string' } },
        'Cache-Control': { description: 'How long the answer may be shown, by its tightest field.', schema: { type: 'string' } },
      },
    }),
    ApiResponse({ status: 304, description: 'You have it already.' }),
  );

@ApiTags('catalog')
@Controller('v1')
export class CatalogController {
  constructor(
    private readonly homeCase: ReadHome,
    private readonly categoriesCase: ListCategories,
    private readonly itemsCase: ListItems,
    private readonly itemCase: ReadItem,
  ) {}

  @Get('home')
  @PublicRead('The home page', HomeDto)
  async readHome(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string | undefined> {
    const bytes = JSON.stringify(await this.homeCase.execute());
    return represent({ request, reply }, 'home', bytes, tagOf(bytes));
  }

  @Get('categories')
  @PublicRead('The categories', CategoryPageDto)
  async listCategories(@Query() query: PageQueryDto, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string | undefined> {
    const bytes = JSON.stringify(await this.categoriesCase.execute(query));
    return represent({ request, reply }, 'categories', bytes, tagOf(bytes));
  }

  @Get('items')
  @PublicRead('Items by category, words and order', ItemPageDto)
  async listItems(@Query() query: ListItemsQueryDto, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string | undefined> {
    const bytes = JSON.stringify(await this.itemsCase.execute(query));
    return represent({ request, reply }, 'items', bytes, tagOf(bytes));
  }

  @Get('items/:idOrSlug')
  @PublicRead('An item', ItemDto)
  @ApiParam({ name: 'idOrSlug', description: "The item's id or slug.", schema: { type: 'string', maxLength: 200 } })
  @DescribesProblems('not_found')
  async readItem(@Param('idOrSlug') idOrSlug: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string | undefined> {
    const item = await this.itemCase.execute(idOrSlug);
    const bytes = JSON.stringify(item);
    return represent({ request, reply }, 'item', bytes, itemTagOf(item, bytes));
  }
}
