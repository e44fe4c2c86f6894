import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { CachedRead, type KeyedRead } from '../../../platform/http-cache/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { CategoryPageDto, HomeDto, ItemPageDto, ListItemsQueryDto, PageQueryDto } from '../contract/catalog.dto.js';
import { presentCategoryPage, presentHome, presentItemPage } from '../contract/catalog.presenter.js';
import { ItemDto } from '../contract/item.dto.js';
import { presentItem } from '../contract/item.presenter.js';
import type { Item } from '../domain/item.js';
import { ListCategories, keyOfCategories, type CategoryPage } from '../list-categories.js';
import { ListItems, keyOfList, type ItemPage } from '../list-items.js';
import { HOME_KEY, ReadHome, type Home } from '../read-home.js';
import { NO_SUCH_ITEM, ReadItem, keyOfItem } from '../read-item.js';

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
  @CachedRead('home', { summary: 'The home page', type: HomeDto, presenter: presentHome })
  readHome(): KeyedRead<Home> {
    return { key: HOME_KEY, load: (recency) => this.homeCase.execute(recency) };
  }

  @Get('categories')
  @CachedRead('categories', { summary: 'The categories', type: CategoryPageDto, presenter: presentCategoryPage })
  listCategories(@Query() query: PageQueryDto): KeyedRead<CategoryPage> {
    return { key: keyOfCategories(query), load: () => this.categoriesCase.execute(query) };
  }

  @Get('items')
  @CachedRead('items', { summary: 'Items by category, words and order', type: ItemPageDto, presenter: presentItemPage })
  listItems(@Query() query: ListItemsQueryDto): KeyedRead<ItemPage> {
    return { key: keyOfList(query), load: (recency) => this.itemsCase.execute(query, recency) };
  }

  @Get('items/:id')
  @CachedRead('item', { summary: 'An item', type: ItemDto, presenter: presentItem, notFound: NO_SUCH_ITEM })
  @ApiParam({ name: 'id', description: "The item's id or slug.", schema: { type: 'string', maxLength: 200 } })
  @DescribesProblems('not_found')
  readItem(@Param('id') idOrSlug: string): KeyedRead<Item> {
    return { key: keyOfItem(idOrSlug), load: (recency) => this.itemCase.execute(idOrSlug, recency) };
  }
}
