import { Controller, Get, Param, Query, Req, Res, applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caches } from '../../../platform/cache/index.js';
import { sendCached } from '../../../platform/http/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { CatalogCaches } from '../cache/catalog-caches.js';
import { ListCategories, keyOf as keyOfCategories } from '../list-categories.js';
import { ListItems, keyOfList } from '../list-items.js';
import { HOME_KEY, ReadHome } from '../read-home.js';
import { ReadItem, keyOfItem } from '../read-item.js';
import { CategoryPageDto, HomeDto, ItemPageDto, ListItemsQueryDto, PageQueryDto } from '../contract/catalog.dto.js';
import { ItemDto } from '../contract/item.dto.js';

/** A read that caches may keep and clients may revalidate. */
const PublicRead = (summary: string, type: new () => object): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'An `ETag` of before: the answer is 304 without a body when nothing has changed.',
      schema: { type: 'string' },
    }),
    ApiOkResponse({
      type,
      headers: {
        ETag: { description: 'Strong validator.', schema: { type: 'string' } },
        'Cache-Control': {
          description: 'How long the answer may still be shown, by its tightest field.',
          schema: { type: 'string' },
        },
        'Cache-Status': {
          description: 'Which layers were passed (`memory`, `redis`, `origin`), and how each of them did; RFC 9211.',
          schema: { type: 'string' },
        },
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
    private readonly caches: CatalogCaches,
    private readonly shared: Caches,
  ) {}

  @Get('home')
  @PublicRead('The home page', HomeDto)
  async readHome(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    this.shared.memoryAnswers.register(request.url, this.caches.home, HOME_KEY);
    return sendCached({ request, reply }, await this.homeCase.execute());
  }

  @Get('categories')
  @PublicRead('The categories', CategoryPageDto)
  async listCategories(
    @Query() query: PageQueryDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const served = await this.categoriesCase.execute(query);
    this.shared.memoryAnswers.register(request.url, this.caches.categories, keyOfCategories(query));
    return sendCached({ request, reply }, served);
  }

  @Get('items')
  @PublicRead('Items by category, words and order', ItemPageDto)
  async listItems(
    @Query() query: ListItemsQueryDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const served = await this.itemsCase.execute(query);
    this.shared.memoryAnswers.register(request.url, this.caches.items, keyOfList(query));
    return sendCached({ request, reply }, served);
  }

  @Get('items/:idOrSlug')
  @PublicRead('An item', ItemDto)
  @ApiParam({ name: 'idOrSlug', description: "The item's id or slug.", schema: { type: 'string', maxLength: 200 } })
  @DescribesProblems('not_found')
  async readItem(
    @Param('idOrSlug') idOrSlug: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const served = await this.itemCase.execute(idOrSlug);
    this.shared.memoryAnswers.register(request.url, this.caches.item, keyOfItem(idOrSlug));
    return sendCached({ request, reply }, served);
  }
}
